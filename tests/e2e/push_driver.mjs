// A push service on loopback that can read what it gets: it holds the keys of the browser, too.
import crypto from 'node:crypto';
import http from 'node:http';

const kHeaderBytes = 86; // Salt 16, record size 4, key length 1, key 65 (RFC 8188, section 2.1).
const kTagBytes = 16;

export class FakePushService {
  constructor() {
    this.key = crypto.createECDH('prime256v1');
    this.point = this.key.generateKeys();
    this.auth = crypto.randomBytes(16);
    this.messages = [];
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.messages.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(201).end();
    });
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  // What PushSubscription.toJSON() gives.
  subscription(name) {
    return {
      endpoint: `${this.url}/${name}`, expirationTime: null,
      keys: { p256dh: this.point.toString('base64url'), auth: this.auth.toString('base64url') },
    };
  }

  // RFC 8291, sections 3.3 and 3.4, as a browser does it.
  open({ body }) {
    const derive = (secret, salt, info, bytes) => Buffer.from(crypto.hkdfSync('sha256', secret, salt, info, bytes));
    const sender = body.subarray(kHeaderBytes - 65, kHeaderBytes);
    const ikm = derive(this.key.computeSecret(sender), this.auth,
      Buffer.concat([Buffer.from('WebPush: info\0'), this.point, sender]), 32);
    const salt = body.subarray(0, 16);
    const key = derive(ikm, salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = derive(ikm, salt, 'Content-Encoding: nonce\0', 12);
    const cipher = crypto.createDecipheriv('aes-128-gcm', key, nonce);
    cipher.setAuthTag(body.subarray(-kTagBytes));
    const plain = Buffer.concat([cipher.update(body.subarray(kHeaderBytes, -kTagBytes)), cipher.final()]);
    const end = plain.lastIndexOf(2); // The delimiter of the last record; padding behind it is zero.
    return plain.subarray(0, end).toString();
  }

  // Who sent it (RFC 8292): the claims, where the signature is by the key `publicKey`.
  verify({ headers }, publicKey) {
    const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization);
    if (key !== publicKey) return null;
    const point = Buffer.from(key, 'base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
    const end = token.lastIndexOf('.');
    const good = crypto.verify('sha256', Buffer.from(token.slice(0, end)),
      { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(token.slice(end + 1), 'base64url'));
    return good && JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  }
}
