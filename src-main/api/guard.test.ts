import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { bearer, guard, ownHosts, subprotocolToken } from './guard.ts';

const port = 4180;
const own = '127.0.0.1:4180';
const token = 'a'.repeat(43);

type Change = { method?: string | undefined; url?: string | undefined; headers?: IncomingHttpHeaders; rawHeaders?: string[] };

/** A good GET of the front page, changed. */
function judge(change: Change = {}): ReturnType<typeof guard> {
  const headers = { host: own, ...change.headers };
  const rawHeaders =
    change.rawHeaders ?? Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  const { method, url } = { method: 'GET', url: '/', ...change };
  return guard({ method, url, headers, rawHeaders } as Parameters<typeof guard>[0], port);
}

const post = (headers: IncomingHttpHeaders): ReturnType<typeof guard> => judge({ method: 'POST', headers });

describe('the host', () => {
  test('is one of three names with our port', () => {
    expect(ownHosts(port)).toEqual(['127.0.0.1:4180', 'localhost:4180', '[::1]:4180']);
    for (const host of ownHosts(port)) expect(judge({ headers: { host } })).toBeNull();
    for (const host of ['', '127.0.0.1', '127.0.0.1:4181', 'evil.test', 'localhost.evil.test:4180', 'xlocalhost:4180'])
      expect(judge({ headers: { host } })).toBe(421);
  });

  test('is there, and once', () => {
    expect(judge({ headers: { host: undefined } })).toBe(421);
    // two of them, of which the library shows us the good one
    for (const rawHeaders of [['Host', own, 'Host', 'evil.test'], ['host', own, 'HOST', own], [], ['x-other', own]])
      expect(judge({ rawHeaders })).toBe(421);
    // as a value it is none
    expect(judge({ rawHeaders: ['Host', own, 'X-Word', 'host'] })).toBeNull();
    // one that the library kept from us altogether
    expect(judge({ headers: { host: undefined }, rawHeaders: ['Host', own] })).toBe(421);
  });
});

test('the target is a path of ours', () => {
  for (const url of [undefined, '', '*', 'http://evil.test/', 'control']) expect(judge({ url })).toBe(400);
  expect(judge({ url: '/anything?at=all' })).toBeNull();
});

describe('where it comes from', () => {
  test('an origin is exactly the name that was used', () => {
    expect(judge({ headers: { origin: `http://${own}` } })).toBeNull();
    expect(judge({ headers: { host: 'localhost:4180', origin: 'http://localhost:4180' } })).toBeNull();
    for (const origin of ['http://localhost:4180', `https://${own}`, 'null', '', 'http://evil.test', `http://${own}/`])
      expect(judge({ headers: { origin } })).toBe(403);
  });

  test('a site is the own one, or none', () => {
    for (const site of ['same-origin', 'none']) expect(judge({ headers: { 'sec-fetch-site': site } })).toBeNull();
    for (const site of ['same-site', 'cross-site', '', 'anything']) expect(judge({ headers: { 'sec-fetch-site': site } })).toBe(403);
  });
});

test('methods are three', () => {
  for (const method of ['GET', 'HEAD', 'POST']) expect(judge({ method })).toBeNull();
  for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'get', '', undefined]) expect(judge({ method })).toBe(405);
});

describe('a body', () => {
  test('is JSON in UTF-8, said so and nothing else', () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json;charset=utf-8',
      'application/json; charset=UTF-8',
      'application/json ;  charset=utf-8  ',
      'application/json  ',
    ])
      expect(post({ 'content-type': type }), type).toBeNull();
    for (const type of [
      '',
      'text/plain',
      'text/plain; application/json',
      'application/json, text/plain',
      'application/jsonp',
      'xapplication/json',
      'application/json; charset=utf-16',
      'application/json; charset=utf-8x',
      'application/json; xcharset=utf-8',
      'application/json;;',
    ])
      expect(post({ 'content-type': type }), type).toBe(415);
  });

  test('that is not there needs no type', () => {
    expect(post({})).toBeNull();
    expect(post({ 'content-length': '0' })).toBeNull();
    expect(post({ 'content-length': '2' })).toBe(415);
    expect(post({ 'content-length': '' })).toBe(415);
    expect(post({ 'transfer-encoding': 'chunked' })).toBe(415);
    expect(post({ 'transfer-encoding': 'chunked', 'content-length': '0' })).toBe(415);
    // only of what has one
    expect(judge({ headers: { 'content-length': '2' } })).toBeNull();
  });
});

describe('the first fault decides', () => {
  const everything = { method: 'PUT', url: '*', headers: { host: 'evil.test', origin: 'null', 'sec-fetch-site': 'cross-site' } };
  test('host, target, origin, method, type', () => {
    expect(judge(everything)).toBe(421);
    expect(judge({ ...everything, headers: { ...everything.headers, host: own } })).toBe(400);
    expect(judge({ ...everything, url: '/', headers: { ...everything.headers, host: own } })).toBe(403);
    expect(judge({ ...everything, url: '/', headers: {} })).toBe(405);
    expect(judge({ method: 'POST', headers: { 'content-type': 'text/plain' } })).toBe(415);
  });
});

describe('the token', () => {
  test('of a program', () => {
    const of = (authorization: string | undefined) => bearer({ headers: { authorization } });
    expect(of(`Bearer ${token}`)).toBe(token);
    expect(of(`Bearer ${'-_Z9'.repeat(5)}`)).toBe('-_Z9'.repeat(5));
    for (const text of [
      undefined,
      '',
      token,
      `bearer ${token}`,
      `Bearer  ${token}`,
      `Bearer ${token} `,
      ` Bearer ${token}`,
      `Bearer ${token}, Basic x`,
    ])
      expect(of(text), text).toBeNull();
    for (const text of [
      'Bearer ',
      `Bearer ${'a'.repeat(19)}`,
      `Bearer ${'a'.repeat(101)}`,
      `Bearer ${'a'.repeat(20)}=`,
      `x Bearer ${token}`,
    ])
      expect(of(text), text).toBeNull();
  });

  test('of a page, among its subprotocols', () => {
    const of = (offered: string | undefined) => subprotocolToken({ headers: { 'sec-websocket-protocol': offered } });
    expect(of(`axon.control, axon.token.${token}`)).toBe(token);
    expect(of(`axon.token.${token},axon.control`)).toBe(token);
    expect(of(`  axon.control ,  axon.token.${token}  `)).toBe(token);
    for (const text of [
      undefined,
      '',
      'axon.control',
      `axon.token.${token}`,
      'axon.control, axon.token.',
      `axon.control, x.axon.token.${token}`,
      `axon.controls, axon.token.${token}`,
    ])
      expect(of(text), text).toBeNull();
  });
});
