/** Authorization, delegation tokens and TLS. */

import { boolean, choice, javaClass, list, long, secret, text } from "../definition.ts";

export const securityConfigs = {
  "authorizer.class.name": text(
    "The Java class that decides who may do what; empty means that everybody may do everything.",
    "",
  ),
  "principal.builder.class": javaClass(
    "The Java class that names the user of a connection; Sluice runs no Java.",
    "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
    { update: "per-broker" },
  ),
  "security.providers": text("Java classes that add security algorithms; Sluice runs no Java.", null),
  "connections.max.reauth.ms": long("How long a SASL login lasts; 0 sets no limit.", 0),
  "delegation.token.secret.key": secret(
    "The secret that delegation tokens are made with; without it there are none.",
  ),
  "delegation.token.expiry.check.interval.ms": long(
    "How often expired delegation tokens are removed.",
    3_600_000,
    { min: 1 },
  ),
  "delegation.token.expiry.time.ms": long(
    "How long a delegation token is valid until it is renewed.",
    86_400_000,
    { min: 1 },
  ),
  "delegation.token.max.lifetime.ms": long("How long a delegation token can be renewed.", 604_800_000, {
    min: 1,
  }),
  "ssl.allow.dn.changes": boolean("Whether a new certificate may have another subject.", false),
  "ssl.allow.san.changes": boolean("Whether a new certificate may lack names that the old one had.", false),
  "ssl.cipher.suites": list("The cipher suites that are allowed; empty allows the runtime's.", [], {
    update: "per-broker",
  }),
  "ssl.client.auth": choice("Whether clients must, may or need not show a certificate.", "none", {
    choices: ["required", "requested", "none"],
    update: "per-broker",
  }),
  "ssl.enabled.protocols": list("The TLS versions that are allowed.", ["TLSv1.2", "TLSv1.3"], {
    update: "per-broker",
  }),
  "ssl.endpoint.identification.algorithm": text(
    "How a server's name is compared with its certificate; empty does not compare.",
    "https",
    { update: "per-broker" },
  ),
  "ssl.engine.factory.class": javaClass("The Java class that makes TLS engines; Sluice runs no Java.", null, {
    update: "per-broker",
  }),
  "ssl.key.password": secret("The password of the private key.", { update: "per-broker" }),
  "ssl.keymanager.algorithm": text("The Java algorithm that picks keys.", "SunX509", {
    update: "per-broker",
  }),
  "ssl.keystore.certificate.chain": secret("The certificate chain as PEM text.", { update: "per-broker" }),
  "ssl.keystore.key": secret("The private key as PEM text.", { update: "per-broker" }),
  "ssl.keystore.location": text("The file with the key and its certificates.", null, {
    update: "per-broker",
  }),
  "ssl.keystore.password": secret("The password of the file with the key.", { update: "per-broker" }),
  "ssl.keystore.type": text("The format of the file with the key.", "JKS", { update: "per-broker" }),
  "ssl.principal.mapping.rules": text(
    "The rules that turn a certificate's subject into a user name.",
    "DEFAULT",
  ),
  "ssl.protocol": text("The newest TLS version that is used.", "TLSv1.3", { update: "per-broker" }),
  "ssl.provider": text("The Java security provider of TLS.", null, { update: "per-broker" }),
  "ssl.secure.random.implementation": text("The Java random source of TLS.", null, { update: "per-broker" }),
  "ssl.trustmanager.algorithm": text("The Java algorithm that checks certificates.", "PKIX", {
    update: "per-broker",
  }),
  "ssl.truststore.certificates": secret("The trusted certificates as PEM text.", { update: "per-broker" }),
  "ssl.truststore.location": text("The file with the trusted certificates.", null, { update: "per-broker" }),
  "ssl.truststore.password": secret("The password of the file with the trusted certificates.", {
    update: "per-broker",
  }),
  "ssl.truststore.type": text("The format of the file with the trusted certificates.", "JKS", {
    update: "per-broker",
  }),
} as const;
