#!/bin/sh
# What the Makefile needs from the machine, and how `.venv` is filled.
#
#   bootstrap.sh machine [need NAME...] [want NAME...]
#       See to it that the named programs are here: python softhsm opensc xmlsec1 openssl office postgresql; for
#       `make backends` compiler p11kit container piv ykcs11 tpm2 opencryptoki nss.
#       What is missing is installed when this machine lets us (root, or sudo that asks nothing).
#       Otherwise one line says what to install; a missing `need` ends with status 1.
#   bootstrap.sh environment FOLDER LOCK
#       Make the virtual environment FOLDER anew and install what LOCK pins.
#
#   bootstrap.sh lock FOLDER
#       Write FOLDER/requirements.lock (run time), FOLDER/requirements-dev.lock (with tests and lint) and
#       FOLDER/requirements-fuzz.lock (what `make fuzz` adds).
#
# PYTHON=/path/to/python chooses the interpreter; IKI_NO_INSTALL=1 leaves the machine as it is.
set -eu

say() { printf 'bootstrap: %s\n' "$*" >&2; }

# --- what is here -------------------------------------------------------------------------------

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if is_new_enough "$PYTHON"; then printf '%s\n' "$PYTHON"; return 0; fi
        return 1
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then printf '%s\n' "$candidate"; return 0; fi
    done
    return 1
}

# Debian ships Python without the part that makes a virtual environment usable.
has_python() { python=$(find_python) && "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The places that hsm/discovery.py knows, in words of the shell; tests/test_bootstrap.py holds the two together.
# The library is enough: no program of SoftHSM is called.
has_softhsm() {
    if [ -n "${SOFTHSM2_MODULE:-}" ]; then [ -f "$SOFTHSM2_MODULE" ]; return; fi
    for module in \
        /usr/lib/*/softhsm/libsofthsm2.so \
        /usr/lib/softhsm/libsofthsm2.so \
        /usr/lib64/pkcs11/libsofthsm2.so \
        /usr/lib64/softhsm/libsofthsm2.so \
        /usr/lib64/libsofthsm2.so \
        /opt/homebrew/lib/softhsm/libsofthsm2.so \
        /usr/local/lib/softhsm/libsofthsm2.so \
        /opt/local/lib/softhsm/libsofthsm2.so; do
        [ -f "$module" ] && return 0
    done
    return 1
}

has() {
    case $1 in
        python) has_python ;;
        softhsm) has_softhsm ;;
        opensc) command -v pkcs11-tool >/dev/null 2>&1 ;;
        xmlsec1 | openssl) command -v "$1" >/dev/null 2>&1 ;;
        office) has_office ;;
        compiler) command -v cc >/dev/null 2>&1 ;;
        p11kit) has_all p11-kit && has_library pkcs11/p11-kit-client.so ;;
        container) has_container ;;
        piv) has_all pcscd opensc-tool && has_library opensc-pkcs11.so pkcs11/opensc-pkcs11.so && has_reader ;;
        ykcs11) has_library libykcs11.so libykcs11.so.2 ;;
        tpm2) has_tpm2 ;;
        opencryptoki) has_all pkcsslotd pkcsconf ;;
        nss) has_all certutil && has_library libsoftokn3.so nss/libsoftokn3.so ;;
        postgresql) has_postgresql ;;
        *) return 1 ;;
    esac
}

# --- the backends of `make backends`, as Debian has them --------------------------------------------

# Daemons are where a user's PATH does not look.
has_all() {
    for program in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null 2>&1 || return 1
    done
}

has_library() { # one of these names, below the folders of libraries
    for name in "$@"; do
        for path in /usr/lib/*/"$name" /usr/lib64/"$name" /usr/lib/"$name"; do
            [ -e "$path" ] && return 0
        done
    done
    return 1
}

has_reader() {
    for driver in /usr/lib/pcsc/drivers/serial/libifdvpcd.so*; do [ -e "$driver" ] && return 0; done
    return 1
}

has_tpm2() {
    has_all swtpm tpm2_flushcontext pkcs11-tool && has_library libtss2-tcti-swtpm.so.0 &&
        has_library pkcs11/libtpm2_pkcs11.so libtpm2_pkcs11.so.1
}

# An engine that answers, or one that the tests may start; its client's compose is a plugin or a program.
has_container() {
    has_all docker dockerd debootstrap || return 1
    has_all docker-compose || docker compose version >/dev/null 2>&1
}

# For `make interop`: LibreOffice with its Java bridge, a Java compiler, and NSS's certutil.
has_office() {
    for program in soffice javac certutil; do command -v "$program" >/dev/null 2>&1 || return 1; done
    for jar in /usr/share/java/libreoffice.jar /usr/lib*/libreoffice/program/classes/libreoffice.jar; do
        [ -e "$jar" ] && return 0
    done
    return 1
}

# Debian and Fedora keep the server's programs out of PATH; tests/support/postgresql.py looks there too.
has_postgresql() {
    for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres; do
        [ -x "$program" ] && return 0
    done
    command -v postgres >/dev/null 2>&1
}

# --- what it is called, and who installs it -----------------------------------------------------

title() {
    case $1 in
        python) printf 'Python >= 3.11 with venv' ;;
        softhsm) printf 'SoftHSM 2' ;;
        office) printf 'LibreOffice with Java, certutil' ;;
        opensc) printf 'OpenSC' ;;
        compiler) printf 'a C compiler' ;;
        p11kit) printf 'p11-kit with its server and client module' ;;
        container) printf 'Docker with compose, and debootstrap' ;;
        piv) printf 'OpenSC with pcscd and the virtual reader vpcd' ;;
        tpm2) printf 'tpm2-pkcs11 with swtpm' ;;
        opencryptoki) printf 'openCryptoki' ;;
        nss) printf 'NSS with certutil' ;;
        postgresql) printf 'PostgreSQL' ;;
        *) printf '%s' "$1" ;;
    esac
}

# python3 without ensurepip wants its own venv package; a python3.12 beside it wants another one. Where
# python3 itself is too old (Ubuntu 22.04), the distribution may still hold the first one that will do.
debian_python() {
    if python=$(find_python); then printf '%s-venv' "$(basename "$python")"
    elif command -v python3 >/dev/null 2>&1; then printf 'python3.11-venv'
    else printf 'python3-venv'
    fi
}

packages_for() { # SYSTEM NAME
    case $1/$2 in
        debian/python) debian_python ;;
        debian/softhsm) printf 'softhsm2' ;;
        debian/office)
            printf 'libreoffice-calc libreoffice-java-common liblibreoffice-java default-jdk-headless libnss3-tools' ;;
        debian/compiler) printf 'gcc libc6-dev' ;;
        debian/p11kit) printf 'p11-kit p11-kit-modules' ;;
        debian/container) printf 'docker.io docker-compose debootstrap' ;;
        debian/piv) printf 'opensc opensc-pkcs11 pcscd vsmartcard-vpcd' ;;
        debian/tpm2) printf 'swtpm tpm2-tools libtpm2-pkcs11-1 libtss2-tcti-swtpm0 opensc' ;;
        debian/nss) printf 'libnss3 libnss3-tools' ;;
        fedora/python) printf 'python3' ;;
        fedora/xmlsec1) printf 'xmlsec1 xmlsec1-openssl' ;;
        fedora/postgresql) printf 'postgresql-server' ;;
        fedora/office) printf 'libreoffice-calc libreoffice-officebean java-devel nss-tools' ;;
        macos/python) printf 'python' ;;
        macos/xmlsec1) printf 'libxmlsec1' ;;
        macos/office) printf 'libreoffice openjdk nss' ;;
        */*) printf '%s' "$2" ;;
    esac
}

find_system() {
    if command -v apt-get >/dev/null 2>&1; then printf 'debian\n'
    elif command -v dnf >/dev/null 2>&1; then printf 'fedora\n'
    elif command -v brew >/dev/null 2>&1; then printf 'macos\n'
    else printf 'other\n'
    fi
}

list_packages() { # SYSTEM NAME...
    system=$1
    shift
    separator=''
    for name in "$@"; do
        printf '%s%s' "$separator" "$(packages_for "$system" "$name")"
        separator=' '
    done
}

install_command() {
    case $1 in
        debian) printf 'sudo apt-get install' ;;
        fedora) printf 'sudo dnf install' ;;
        macos) printf 'brew install' ;;
    esac
}

# --- installing ---------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() { # SYSTEM
    [ -z "${IKI_NO_INSTALL:-}" ] || return 1
    case $1 in
        macos) return 0 ;;
        other) return 1 ;;
    esac
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

install_packages() { # SYSTEM PACKAGE...
    system=$1
    shift
    case $system in
        debian)
            # One dead source among several must not stop us: the install itself will tell.
            apt update || say 'apt-get update had errors'
            apt install -y --no-install-recommends "$@" ;;
        fedora) as_root dnf install -y "$@" ;;
        macos) brew install "$@" ;;
    esac </dev/null
}

install_quietly() { # SYSTEM NAME...
    system=$1
    shift
    wanted=$(list_packages "$system" "$@")
    say "installing $wanted"
    log=$(mktemp)
    # shellcheck disable=SC2086 # package names are words
    install_packages "$system" $wanted >"$log" 2>&1 || { cat "$log" >&2; say 'the package manager failed, see above'; }
    rm -f "$log"
}

# --- the commands --------------------------------------------------------------------------------

list_missing() {
    for name in "$@"; do
        if ! has "$name"; then printf '%s ' "$name"; fi
    done
}

titles() {
    separator=''
    for name in "$@"; do
        printf '%s%s' "$separator" "$(title "$name")"
        separator=', '
    done
}

explain() { # CONSEQUENCE NAME...
    consequence=$1
    shift
    system=$(find_system)
    if [ "$system" = other ]; then
        say "$(titles "$@") missing ($consequence): Debian/Ubuntu: apt-get install $(list_packages debian "$@");" \
            "Fedora: dnf install $(list_packages fedora "$@"); macOS: brew install $(list_packages macos "$@");" \
            'Windows: use WSL, or install SoftHSM2-for-Windows and set SOFTHSM2_MODULE'
    else
        say "$(titles "$@") missing ($consequence): $(install_command "$system") $(list_packages "$system" "$@")"
    fi
}

# What was asked for on purpose is not replaced by something else, and nothing we install would mend it.
refuse_wrong_settings() {
    if [ -n "${PYTHON:-}" ] && ! is_new_enough "$PYTHON"; then
        say "PYTHON=$PYTHON is not Python >= 3.11: correct or unset it"
        exit 1
    fi
    if [ -n "${SOFTHSM2_MODULE:-}" ] && ! has_softhsm; then
        say "SOFTHSM2_MODULE=$SOFTHSM2_MODULE names no file: correct or unset it"
        exit 1
    fi
}

# shellcheck disable=SC2046,SC2086 # lists of words, meant to be split
machine() {
    refuse_wrong_settings
    need='' want='' list=need
    for word in "$@"; do
        case $word in
            need | want) list=$word ;;
            *) if [ "$list" = need ]; then need="$need $word"; else want="$want $word"; fi ;;
        esac
    done
    set -- $(list_missing $need $want)
    [ $# -gt 0 ] || return 0
    system=$(find_system)
    if may_install "$system"; then install_quietly "$system" "$@"; fi
    if [ -n "$(list_missing $need)" ]; then
        explain 'install it and run make again' $(list_missing $need $want)
        return 1
    fi
    set -- $(list_missing $want)
    [ $# -eq 0 ] || explain 'the tests that need it will be skipped' "$@"
}

environment() { # FOLDER LOCK
    python=$(find_python)
    say "making $1 from $2"
    "$python" -m venv --clear "$1"
    # --no-deps: the lock is complete, and only what it names by hash may come in.
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r "$2"
}

UV_VERSION=0.13.9

compile_lock() { # UV ARGUMENT...
    uv=$1
    shift
    # No index address and no folder of this machine may get into a file that others install from.
    UV_NO_CONFIG=1 "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' "$@" pyproject.toml
}

lock() { # FOLDER
    tools=$(mktemp -d)
    "$(find_python)" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    compile_lock "$tools/bin/uv" -o "$1/requirements.lock"
    compile_lock "$tools/bin/uv" --group dev -c "$1/requirements.lock" -o "$1/requirements-dev.lock"
    compile_lock "$tools/bin/uv" --group fuzz -c "$1/requirements-dev.lock" -o "$1/requirements-fuzz.lock"
    rm -rf "$tools"
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
    machine | environment | lock) "$command" "$@" ;;
    *) say 'usage: bootstrap.sh machine [need NAME...] [want NAME...] | environment FOLDER LOCK | lock FOLDER'; exit 2 ;;
esac
