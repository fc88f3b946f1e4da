#!/bin/sh
# Serve SoftHSM's tokens on /hsm/run/socket, and the same ones without CKM_ECDSA on /hsm/run/poor.
set -eu

mkdir -p /hsm/tokens
for name in whole poor; do
    printf 'directories.tokendir = /hsm/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' >"/hsm/$name.conf"
done
printf 'slots.mechanisms = CKM_RSA_PKCS,CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_EC_KEY_PAIR_GEN\n' >>/hsm/poor.conf

serve() { # CONFIGURATION SOCKET
    rm -f "/hsm/run/$2"
    SOFTHSM2_CONF="/hsm/$1.conf" exec p11-kit server -f --provider /usr/lib/softhsm/libsofthsm2.so \
        -n "/hsm/run/$2" 'pkcs11:'
}

serve poor poor &
poor=$!
serve whole socket &
whole=$!
# The first process of a container gets no signal that it does not ask for.
trap 'kill "$whole" "$poor"' TERM INT
wait "$whole"
