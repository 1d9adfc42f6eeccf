'use strict';
// The lower limit: makes the same signed calls in the same order with Node.js only: `bare.cjs CALLS`. Makes the calls
// of one stage at the same time. Has no retries, timeouts or checks.
const { createHash, createHmac } = require('node:crypto');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const { end } = require('./end.cjs');

const { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
const agent = new http.Agent({ keepAlive: true });

/** Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function sign({ service, region, target, contentType, body }, host) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': contentType,
    'host': host,
    'x-amz-content-sha256': hash(body),
    'x-amz-date': time,
    'x-amz-security-token': AWS_SESSION_TOKEN,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const canonical = ['POST', '/', '', ...Object.entries(headers).map(([name, value]) => `${name}:${value}`), '', names, headers['x-amz-content-sha256']].join('\n');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const key = scope.reduce((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(canonical)].join('\n');
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}` };
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** Sends a call to a service, or the answer to the path of its URL. */
function send(call) {
  const { method, path, target, body } = call;
  const { host, hostname, port } = new URL(AWS_ENDPOINT_URL);
  const headers = target === undefined ? { 'content-type': '' } : sign(call, host);
  return new Promise((resolve, reject) => {
    const options = { agent, hostname, port, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => text += data).on('end', () => resolve(text && JSON.parse(text)));
    });
    request.on('error', reject).end(body);
  });
}

async function main() {
  for (const stage of JSON.parse(readFileSync(process.argv[2], 'utf8'))) await Promise.all(stage.map(send));
}

main().then(end);
