// The service worker: files that never change come from the phone, and without network there is a
// page that says so. It keeps no page of anybody: only what is listed here and /static/. The last
// square is kept by square.js; here it is forgotten. Whatever fails in here, the network answers.
"use strict";

const { version, pages, files, forgets } = {{ facts|safe }};
const FILES = `files-${version}`;
const SQUARE = "square";
const HASHED = /^\/static\/.*\.[0-9a-f]{12}\./; // named by its content

async function begin() {
  const kept = await caches.open(FILES);
  await kept.addAll([...files, ...Object.values(pages)]);
  await self.skipWaiting();
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name !== FILES && name !== SQUARE) await caches.delete(name);
  }
  await self.clients.claim(); // so that it hears of a wish to forget, from the first page on
}

async function find(wanted) {
  try {
    return await (await caches.open(FILES)).match(wanted);
  } catch {
    return undefined; // a broken store is no reason to show nothing
  }
}

async function file(request, isHashed) {
  const kept = await find(request);
  if (kept && isHashed) return kept;
  try {
    const answer = await fetch(request);
    if (isHashed && answer.status === 200) keep(request, answer.clone());
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

function keep(request, answer) {
  caches.open(FILES).then((kept) => kept.put(request, answer)).catch(() => {}); // no room: not kept
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const square = await caches.match("/", { cacheName: SQUARE }).catch(() => undefined);
    const language = square?.headers.get("Content-Language");
    const shown = await find(pages[language] ?? Object.values(pages)[0]);
    if (shown) return shown;
    throw error;
  }
}

self.addEventListener("install", (event) => event.waitUntil(begin()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || pathname.startsWith("/admin/")) return;
  if (request.method === "POST" && forgets.includes(pathname)) event.waitUntil(caches.delete(SQUARE));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request, HASHED.test(pathname)));
});
