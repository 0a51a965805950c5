/** Configs of one listener, such as `listener.name.internal.ssl.keystore.location` (KIP-103). */

const prefixed = /^listener\.name\.[^.]+\.(.+)$/;
const mechanism = /^(?:gssapi|plain|scram-sha-256|scram-sha-512|oauthbearer)\.(.+)$/;

/** The name without the part that says for which listener and SASL mechanism; the name itself when there is none. */
export function baseName(name: string): string {
  const rest = prefixed.exec(name)?.[1];
  if (rest === undefined) return name;
  return mechanism.exec(rest)?.[1] ?? rest;
}
