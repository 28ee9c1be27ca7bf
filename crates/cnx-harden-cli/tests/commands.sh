# What the commands that are printed speak of: certificates and keys in each form.
cnx-harden certs generate --pki pki
cnx-harden certs generate --pki pki.new
cp -a pki.new new-pki
cnx-harden certs generate --pki etcd --only etcd --etcd-host etcd.example.com
mkdir -p bin etc/kubernetes/pki/etcd
cp pki/ca.crt pki/ca.key etc/kubernetes/pki/etcd
cp pki/ca.crt pki/ca.key .
cp pki/apiserver/tls.crt pki/apiserver/tls.key .
cp etcd/ca.crt etcd-ca.crt
cp etcd/etcd/client.crt etcd/etcd/client.key .
cp pki/typha/server.crt typha.crt
cp pki/typha/client.crt calico-node.crt
cp pki.new/ca.crt corp-ca.crt
cp pki.new/ca.key corp-ca.key
cp ca.crt intermediate.crt
cat tls.crt ca.crt >chain.crt
cat tls.crt tls.key >both.pem
cat tls.key client.key >keys.pem
cp tls.crt FILE
base64 tls.crt >tls.crt.b64
openssl x509 -in tls.crt -outform der -out tls.cer
openssl pkey -in tls.key -outform der -out tls.der
openssl x509 -in ca.crt -trustout -out trusted.crt
openssl crl2pkcs7 -nocrl -certfile chain.crt -out chain.p7b
openssl pkcs12 -export -in chain.crt -inkey tls.key -passout pass:test -out tls.p12
openssl pkey -in tls.key -aes256 -passout pass:test -out encrypted.key
iconv -f ascii -t utf-16 tls.crt >tls.utf-16
cnx-harden apply --pki pki cnx-etcd.yaml >hardened.yaml 2>log
cp hardened.yaml secrets.yaml
printf '%s\n' 'apiVersion: cnx-harden.dev/v1alpha1' 'kind: Hardening' \
  'spec: {apiServer: {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}}' >hardening.yaml

# A cluster that has the hardened manifest, for a kubectl that finds nobody.
cat >bin/kubectl <<'END'
#!/bin/sh
said=$("$KUBECTL" --server=http://127.0.0.1:1 "$@" 2>&1 </dev/null)
case "$said" in *refused*) cat "$HOME/hardened.yaml" ;; *) echo "$said" >&2; exit 1 ;; esac
END
# The authority that signs requests.
cat >bin/sign <<'END'
#!/bin/sh
for csr in $(find pki -name '*.csr'); do
  openssl x509 -req -in "$csr" -CA corp-ca.crt -CAkey corp-ca.key -days 90 -copy_extensions copy \
    -out "signed/$(echo "$csr" | tr / -).crt" 2>/dev/null
done
END
chmod +x bin/kubectl bin/sign
