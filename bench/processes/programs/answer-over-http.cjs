'use strict';
// Preloaded into AwsCustomResource's handler, which answers to port 443 over TLS whatever the address
// says: sends the answer to the loopback server instead. The other contenders do not use TLS either.
const http = require('node:http');
const https = require('node:https');

const { port } = new URL(process.env.AWS_ENDPOINT_URL);
https.request = (options, callback) => http.request({ ...options, port }, callback);
