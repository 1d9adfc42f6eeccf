'use strict';
// Preloaded into AwsCustomResource's handler, which answers to port 443 over TLS whatever the address
// says: sends the answer to where the loopback server is. All others are not made to do TLS either.
const http = require('node:http');
const https = require('node:https');

const { port } = new URL(process.env.AWS_ENDPOINT_URL);
https.request = (options, callback) => http.request({ ...options, port }, callback);
