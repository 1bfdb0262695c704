// A user's browser, as far as a login needs one: it follows redirects and keeps cookies.
import { setTimeout as sleep } from 'node:timers/promises';

export class Browser {
  #cookies = new Map(); // by origin, name and path

  #store(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
      const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice(8);
      const name = `${url.origin} ${path} ${pair.slice(0, at)}`;
      if (expires !== undefined && new Date(expires) < new Date()) this.#cookies.delete(name);
      else this.#cookies.set(name, { origin: url.origin, path, pair });
    }
  }

  #cookiesFor(url) {
    return [...this.#cookies.values()]
      .filter(({ origin }) => origin === url.origin)
      .filter(({ path }) => path === '/' || `${url.pathname}/`.startsWith(`${path}/`))
      .map(({ pair }) => pair).join('; ');
  }

  // A program may print where to log in before it listens for the answer: its user is slower than this one.
  async #get(url) {
    const cookies = this.#cookiesFor(url);
    for (let attempts = 0; ; attempts += 1) {
      try {
        return await fetch(url, { redirect: 'manual', headers: cookies ? { cookie: cookies } : {} });
      } catch (error) {
        if (error.cause?.code !== 'ECONNREFUSED' || attempts === 100) throw error;
        await sleep(50);
      }
    }
  }

  // Where the redirects end: the last URL, its status and text. At a URL that begins with `until` it stops, unasked.
  async visit(start, until) {
    let url = new URL(start);
    for (let hops = 0; hops < 20; hops += 1) {
      if (until !== undefined && url.href.startsWith(until)) return { url };
      const response = await this.#get(url);
      this.#store(url, response);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, text };
      url = new URL(location, url);
    }
    throw new Error(`the redirects of ${start} have no end`);
  }
}
