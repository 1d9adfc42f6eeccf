'use strict';
// Does what Lambda does in a cold start: loads the handler and passes it one event: `handle.cjs HANDLER EVENT`.
const { readFileSync } = require('node:fs');
const { end } = require('./end.cjs');

const [handlerFile, eventFile] = process.argv.slice(2);
const { handler } = require(handlerFile);
const { event, context } = JSON.parse(readFileSync(eventFile, 'utf8'));
const endsAt = Date.now() + 120_000;

handler(event, { ...context, getRemainingTimeInMillis: () => endsAt - Date.now() }).then(end);
