// Issue and verify SD-JWT VCs with an implementation that is not ours: tasks come as JSON, answers go as JSON, one for each.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';

const hasher = (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(Buffer.from(data)).digest());
const saltGenerator = (length) => randomBytes(length).toString('base64url');

const signedBy = (jwk) => {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return async (data) => sign(null, Buffer.from(data), key).toString('base64url');
};

const verifiedBy = (jwk) => {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return async (data, signature) => verify(null, Buffer.from(data), key, Buffer.from(signature, 'base64url'));
};

const verbs = {
  async verify({ presentation, key, list, registry, now, nonce }) {
    const instance = new SDJwtVcInstance({
      hasher,
      hashAlg: 'sha-256',
      verifier: verifiedBy(key),
      statusVerifier: verifiedBy(registry),
      statusListFetcher: async () => list,
      kbVerifier: async (data, signature, payload) => verifiedBy(payload.cnf.jwk)(data, signature),
    });
    const { payload, header, kb } = await instance.verify(presentation, { currentDate: now, keyBindingNonce: nonce });
    return { payload, header, kb: kb ?? null };
  },

  async issue({ claims, frame, key, kid, shown, binding, holder }) {
    const instance = new SDJwtVcInstance({
      hasher,
      hashAlg: 'sha-256',
      saltGenerator,
      signer: signedBy(key),
      signAlg: 'EdDSA',
      kbSigner: holder ? signedBy(holder) : undefined,
      kbSignAlg: holder ? 'EdDSA' : undefined,
    });
    const credential = await instance.issue(claims, frame, { header: { kid } });
    const presentation = shown ? await instance.present(credential, shown, binding ? { kb: { payload: binding } } : undefined) : credential;
    return { credential, presentation };
  },
};

const answers = [];
for (const { verb, ...task } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ ok: true, ...(await verbs[verb](task)) });
  } catch (error) {
    answers.push({ ok: false, error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(answers));
