#!/bin/sh
# Makes the test certificates and keys of the folder etcd/ anew; README.md says
# what each is. Needs a POSIX shell and openssl (1.1.1 or newer). The authority's
# key is thrown away.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
mkdir issued
: > index
cat > openssl.cnf <<CONF
[req]
distinguished_name = nothing
prompt             = no
[nothing]
[ca]
default_ca = settings
[settings]
database       = $work/index
rand_serial    = yes
new_certs_dir  = $work/issued
unique_subject = no
default_md     = sha256
policy         = subject
email_in_dn    = no
[subject]
organizationName = supplied
commonName       = supplied
[authority]
basicConstraints     = critical, CA:TRUE
keyUsage             = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[client]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature
extendedKeyUsage       = clientAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
CONF

# sign NAME COMMON-NAME SECTION ISSUER...
sign() {
    name=$1 common_name=$2 section=$3
    shift 3
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -pkeyopt ec_param_enc:named_curve -out "$name.key"
    openssl req -new -config openssl.cnf -key "$name.key" \
        -subj "/O=cnx-harden test material, never use/CN=$common_name" -out request
    openssl ca -batch -notext -config openssl.cnf -startdate 20240101000000Z \
        -enddate 21240101000000Z -extensions "$section" -in request -out "$name.crt" "$@"
}

sign ca 'cnx-harden TEST CA of etcd' authority -selfsign -keyfile ca.key
sign client calico client -cert ca.crt -keyfile ca.key
openssl verify -CAfile ca.crt -purpose sslclient client.crt

mkdir -p "$here/etcd"
chmod 0755 "$here/etcd"
chmod 0644 ca.crt client.crt
mv -f ca.crt client.crt client.key "$here/etcd"
