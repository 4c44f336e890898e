#!/bin/sh
# Makes a throw-away certificate for this machine, to try TLS with.
set -eu
cd "$(dirname "$0")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
  -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1" \
  -keyout localhost.key -out localhost.pem 2>/dev/null
chmod 600 localhost.key
echo "wrote $(pwd)/localhost.pem and localhost.key"
