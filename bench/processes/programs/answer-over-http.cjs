'use strict';
// Preloaded into AwsCustomResource's handler, which always answers over TLS to port 443. Sends the answer to the
// loopback server without TLS instead, as the other contenders do.
const http = require('node:http');
const https = require('node:https');

const { port } = new URL(process.env.AWS_ENDPOINT_URL);
https.request = (options, callback) => http.request({ ...options, port }, callback);
