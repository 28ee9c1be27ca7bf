#!/bin/sh
# Makes all the test certificates and keys of this folder anew. They are for
# the tests only; README.md says what each is.
#
#     ./generate.sh            makes them; stops if one of them is already there
#     ./generate.sh --force    makes them and replaces those that are there
#
# Needs a POSIX shell and openssl (1.1.1 or newer). Nothing is replaced unless
# every step and every check below has succeeded. All keys are new each time,
# so no two runs give the same bytes; tests must read what they need from the
# files. The keys of the two CAs are thrown away at the end of the run, hence
# a single certificate cannot be added later: change this script and run it.
set -eu
umask 077

# In every subject, so that whoever meets such a certificate knows what it is.
organization='cnx-harden test material, never use'
# The server name that kube-apiserver asks for, and its long form.
short_name='cnx-api.kube-system.svc'
names="DNS:$short_name,DNS:$short_name.cluster.local"
# A hundred years, so that no test expires; a fixed start, so that a test may
# take any time since then as its "now".
not_before=20240101000000Z
not_after=21240101000000Z
# Of encrypted.key, encrypted-legacy.key and tls.p12.
passphrase='cnx-harden-test'

certs='ca.crt other-ca.crt tls.crt rotated.crt cn-only.crt rsa.crt tls.der'
keys='tls.key rotated.key cn-only.key rsa.key ec-sec1.key encrypted.key encrypted-legacy.key tls.p12'

die() {
    echo "generate.sh: $1" >&2
    exit "${2:-1}"
}

force=no
case "$#:${1-}" in
    0:) ;;
    1:--force) force=yes ;;
    *) die 'usage: generate.sh [--force]' 2 ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
if [ "$force" = no ]; then
    for name in $certs $keys; do
        [ ! -e "$here/$name" ] || die "$name is there already; --force replaces all of them"
    done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
mkdir ca.d issued.d

# ---- The settings of `openssl ca`, which unlike `openssl req -x509` takes the
# ---- dates as they are given. Extensions come from the sections here, never
# ---- from the request.
cat > openssl.cnf <<CONF
[req]
distinguished_name = nothing
string_mask        = utf8only
prompt             = no

[nothing]

[ca]
default_ca = settings

[settings]
database        = $work/ca.d/index
serial          = $work/ca.d/serial
rand_serial     = yes
new_certs_dir   = $work/issued.d
unique_subject  = no
rand_serial     = yes
default_md      = sha256
policy          = subject
copy_extensions = none
email_in_dn     = no

[subject]
organizationName = supplied
commonName       = supplied

[authority]
basicConstraints     = critical, CA:TRUE
keyUsage             = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash

[server]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature
extendedKeyUsage       = serverAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
subjectAltName         = $names

[server_rsa]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature, keyEncipherment
extendedKeyUsage       = serverAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
subjectAltName         = $names

[server_without_names]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature
extendedKeyUsage       = serverAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
CONF
: > ca.d/index

quiet() {
    "$@" > log 2>&1 || {
        cat log >&2
        die "failed: $*"
    }
}

# ec_key FILE: an ECDSA P-256 key, as PKCS#8 (BEGIN PRIVATE KEY).
ec_key() {
    quiet openssl genpkey -algorithm EC \
        -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -out "$1"
}

# sign NAME COMMON-NAME SECTION ISSUER...: NAME.crt for NAME.key.
sign() {
    name=$1 common_name=$2 section=$3
    shift 3
    quiet openssl req -new -config openssl.cnf -key "$name.key" \
        -subj "/O=$organization/CN=$common_name" -out "$name.csr"
    quiet openssl ca -batch -notext -config openssl.cnf -md sha256 \
        -startdate "$not_before" -enddate "$not_after" -extensions "$section" \
        -in "$name.csr" -out "$name.crt" "$@"
}

# ---- The two authorities, which sign themselves.
ec_key ca.key
sign ca 'cnx-harden TEST CA' authority -selfsign -keyfile ca.key
ec_key other-ca.key
sign other-ca 'cnx-harden OTHER TEST CA' authority -selfsign -keyfile other-ca.key

# ---- The pair that most tests use, and another to replace it with.
ec_key tls.key
sign tls "$short_name" server -cert ca.crt -keyfile ca.key
ec_key rotated.key
sign rotated "$short_name" server -cert ca.crt -keyfile ca.key

# ---- The server's name in the Common Name alone.
ec_key cn-only.key
sign cn-only "$short_name" server_without_names -cert ca.crt -keyfile ca.key

# ---- RSA 2048, the key as PKCS#1 (BEGIN RSA PRIVATE KEY). `openssl rsa` up to
# ---- 1.1.1 writes PKCS#1 by itself and does not know -traditional.
traditional=''
if openssl rsa -help 2>&1 | grep -q -e '-traditional'; then
    traditional='-traditional'
fi
quiet openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-pkcs8.key
# shellcheck disable=SC2086 # the variable is one word or none
quiet openssl rsa $traditional -in rsa-pkcs8.key -out rsa.key
sign rsa "$short_name" server_rsa -cert ca.crt -keyfile ca.key

# ---- tls.key in other forms: SEC1 (BEGIN EC PRIVATE KEY, with no EC PARAMETERS
# ---- block before it) and encrypted PKCS#8 (BEGIN ENCRYPTED PRIVATE KEY).
quiet openssl ec -in tls.key -out ec-sec1.key
quiet openssl pkcs8 -topk8 -v2 aes-256-cbc -in tls.key \
    -passout "pass:$passphrase" -out encrypted.key

# ---- rsa.key as encrypted PKCS#1 (Proc-Type: 4,ENCRYPTED).
# shellcheck disable=SC2086
quiet openssl rsa $traditional -aes128 -in rsa.key \
    -passout "pass:$passphrase" -out encrypted-legacy.key

# ---- tls.crt in other forms.
quiet openssl x509 -in tls.crt -outform DER -out tls.der
quiet openssl pkcs12 -export -name tls -inkey tls.key -in tls.crt -certfile ca.crt \
    -passout "pass:$passphrase" -out tls.p12

# ---- Checks.
# first_line FILE TEXT
first_line() {
    [ "$(head -n 1 "$1")" = "-----BEGIN $2-----" ] || die "$1 does not begin with $2"
}
for name in ca other-ca tls rotated cn-only rsa; do
    first_line $name.crt 'CERTIFICATE'
    [ "$(openssl x509 -in $name.crt -noout -pubkey)" = "$(openssl pkey -in $name.key -pubout)" ] ||
        die "$name.crt and $name.key do not belong together"
done
for name in tls rotated cn-only; do
    first_line $name.key 'PRIVATE KEY'
done
first_line rsa.key 'RSA PRIVATE KEY'
first_line ec-sec1.key 'EC PRIVATE KEY'
first_line encrypted.key 'ENCRYPTED PRIVATE KEY'
first_line encrypted-legacy.key 'RSA PRIVATE KEY'
[ "$(sed -n 2p encrypted-legacy.key)" = 'Proc-Type: 4,ENCRYPTED' ] ||
    die 'encrypted-legacy.key has no Proc-Type header'
[ "$(openssl pkey -in ec-sec1.key -pubout)" = "$(openssl pkey -in tls.key -pubout)" ] ||
    die 'ec-sec1.key is not the key of tls.key'
for name in tls rotated rsa; do
    quiet openssl verify -CAfile ca.crt -purpose sslserver -verify_hostname "$short_name" $name.crt
    quiet openssl verify -CAfile ca.crt -verify_hostname "$short_name.cluster.local" $name.crt
done
quiet openssl verify -CAfile ca.crt -purpose sslserver cn-only.crt
if openssl x509 -in cn-only.crt -noout -text | grep -q 'Subject Alternative Name'; then
    die 'cn-only.crt has a subject alternative name'
fi
if openssl verify -CAfile other-ca.crt tls.crt > log 2>&1; then
    die 'other-ca.crt vouches for tls.crt'
fi

# ---- Everything is as it should be: put it in place.
for name in $certs; do
    chmod 0644 "$name"
done
for name in $certs $keys; do
    mv -f "$name" "$here/$name"
done
