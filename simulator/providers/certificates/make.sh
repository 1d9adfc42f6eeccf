#!/bin/sh
# Generates new certificates for the simulated source providers. Only the tests trust them. The script deletes the
# authority's key, so nothing can sign further certificates. They expire in a hundred years.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names='subjectAltName=DNS:api.github.com,DNS:api.bitbucket.org,DNS:github.example.com,DNS:api.example.ghe.com'
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

key "$work/authority.key"
openssl req -x509 -new -key "$work/authority.key" -days 36500 -subj '/CN=Authority of the stand-in' \
  -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign' -out authority.pem

key server.key
openssl req -new -key server.key -subj '/CN=Stand-in of the source providers' -addext "$names" -out "$work/server.csr"
openssl x509 -req -in "$work/server.csr" -CA authority.pem -CAkey "$work/authority.key" -days 36500 -copy_extensions copy -out server.pem 2>/dev/null

# Self-signed: no client trusts it.
key stranger.key
openssl req -x509 -new -key stranger.key -days 36500 -subj '/CN=Stranger' -addext "$names" -out stranger.pem
