#!/bin/sh
# Make the base image by debootstrap, for a machine that reaches Debian's mirror and no registry. Needs root.
#
#   make-base.sh IMAGE ARCHIVE
#       ARCHIVE is the file system as tar; one that is there is taken as it is.
#
# MIRROR chooses another mirror than debootstrap would; DOCKER_HOST the engine, as always.
set -eu

image=$1
archive=$2

if [ ! -e "$archive" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    debootstrap --variant=minbase --include=softhsm2,p11-kit,p11-kit-modules bookworm "$folder/root" ${MIRROR:+"$MIRROR"} >&2
    rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
    # An engine without overlays copies all of it for each layer: what nobody reads stays behind.
    tar -C "$folder/root" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' \
        --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/man/*' \
        -cf "$archive.new" .
    mv "$archive.new" "$archive"
fi
docker import "$archive" "$image"
