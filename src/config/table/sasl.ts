/** SASL logins. */

import { boolean, choice, double, int, javaClass, list, long, secret, short, text } from "../definition.ts";

export const saslConfigs = {
  "sasl.client.callback.handler.class": javaClass(
    "The Java class that answers for a SASL client; Sluice runs no Java.",
    null,
  ),
  "sasl.enabled.mechanisms": list("The SASL mechanisms that a listener offers.", ["GSSAPI"], {
    update: "per-broker",
  }),
  "sasl.jaas.config": secret("The login of this side of a SASL connection, in JAAS form.", {
    update: "per-broker",
  }),
  "sasl.kerberos.kinit.cmd": text("The path of kinit.", "/usr/bin/kinit", { update: "per-broker" }),
  "sasl.kerberos.min.time.before.relogin": long("How long Kerberos waits between two logins.", 60_000, {
    unit: "ms",
    update: "per-broker",
  }),
  "sasl.kerberos.principal.to.local.rules": list("The rules that turn Kerberos principals into user names.", [
    "DEFAULT",
  ], { update: "per-broker" }),
  "sasl.kerberos.service.name": text("The Kerberos name of the brokers.", null, { update: "per-broker" }),
  "sasl.kerberos.ticket.renew.jitter": double(
    "The random part of the time at which a Kerberos ticket is renewed, as a fraction.",
    0.05,
    { update: "per-broker" },
  ),
  "sasl.kerberos.ticket.renew.window.factor": double(
    "How far into its life a Kerberos ticket is renewed, as a fraction.",
    0.8,
    { update: "per-broker" },
  ),
  "sasl.login.callback.handler.class": javaClass(
    "The Java class that answers for a login; Sluice runs no Java.",
    null,
  ),
  "sasl.login.class": javaClass("The Java class that logs in; Sluice runs no Java.", null),
  "sasl.login.connect.timeout.ms": int(
    "How long a connection to the identity provider may take to open.",
    null,
  ),
  "sasl.login.read.timeout.ms": int("How long an answer of the identity provider may take.", null),
  "sasl.login.refresh.buffer.seconds": short(
    "How long before its end a token is renewed at the latest.",
    300,
    { update: "per-broker" },
  ),
  "sasl.login.refresh.min.period.seconds": short(
    "How long a token is kept at least before it is renewed.",
    60,
    { update: "per-broker" },
  ),
  "sasl.login.refresh.window.factor": double(
    "How far into its life a token is renewed, as a fraction.",
    0.8,
    { update: "per-broker" },
  ),
  "sasl.login.refresh.window.jitter": double(
    "The random part of the time at which a token is renewed, as a fraction.",
    0.05,
    { update: "per-broker" },
  ),
  "sasl.login.retry.backoff.max.ms": long(
    "The longest wait between failed logins at the identity provider.",
    10_000,
  ),
  "sasl.login.retry.backoff.ms": long("The first wait after a failed login at the identity provider.", 100),
  "sasl.mechanism.controller.protocol": text("The SASL mechanism towards controllers.", "GSSAPI"),
  "sasl.mechanism.inter.broker.protocol": text("The SASL mechanism among brokers.", "GSSAPI", {
    update: "per-broker",
  }),
  "sasl.oauthbearer.assertion.algorithm": choice(
    "The algorithm that signs assertions to the identity provider.",
    "RS256",
    { choices: ["ES256", "RS256"], anyCase: true },
  ),
  "sasl.oauthbearer.assertion.claim.aud": text("The audience claim of assertions.", null),
  "sasl.oauthbearer.assertion.claim.exp.seconds": int("How many seconds an assertion is valid.", 300, {
    min: 0,
    max: 86_400,
  }),
  "sasl.oauthbearer.assertion.claim.iss": text("The issuer claim of assertions.", null),
  "sasl.oauthbearer.assertion.claim.jti.include": boolean("Whether assertions carry an id.", false),
  "sasl.oauthbearer.assertion.claim.nbf.seconds": int(
    "How many seconds before now an assertion begins to be valid.",
    60,
    { min: 0, max: 3600 },
  ),
  "sasl.oauthbearer.assertion.claim.sub": text("The subject claim of assertions.", null),
  "sasl.oauthbearer.assertion.file": text("A file with a ready assertion.", null),
  "sasl.oauthbearer.assertion.private.key.file": text("The file with the key that signs assertions.", null),
  "sasl.oauthbearer.assertion.private.key.passphrase": secret(
    "The passphrase of the key that signs assertions.",
  ),
  "sasl.oauthbearer.assertion.template.file": text(
    "A file with more headers and claims of assertions.",
    null,
  ),
  "sasl.oauthbearer.client.credentials.client.id": text("The client id at the identity provider.", null),
  "sasl.oauthbearer.client.credentials.client.secret": secret("The client secret at the identity provider."),
  "sasl.oauthbearer.clock.skew.seconds": int(
    "How many seconds the clocks of broker and identity provider may differ.",
    30,
  ),
  "sasl.oauthbearer.expected.audience": list("The audiences of which a token must name one.", []),
  "sasl.oauthbearer.expected.issuer": text("The issuer that a token must name.", null),
  "sasl.oauthbearer.jwks.endpoint.refresh.ms": long(
    "How often the identity provider's keys are fetched.",
    3_600_000,
  ),
  "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms": long(
    "The longest wait between failed fetches of keys.",
    10_000,
  ),
  "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms": long(
    "The first wait after a failed fetch of keys.",
    100,
  ),
  "sasl.oauthbearer.jwks.endpoint.url": text("Where the identity provider's keys are.", null),
  "sasl.oauthbearer.jwt.retriever.class": javaClass(
    "The Java class that fetches tokens; Sluice runs no Java.",
    "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
  ),
  "sasl.oauthbearer.jwt.validator.class": javaClass(
    "The Java class that checks tokens; Sluice runs no Java.",
    "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
  ),
  "sasl.oauthbearer.scope": text("The scope asked of the identity provider.", null),
  "sasl.oauthbearer.scope.claim.name": text("The claim with a token's scope.", "scope"),
  "sasl.oauthbearer.sub.claim.name": text("The claim with a token's user.", "sub"),
  "sasl.oauthbearer.token.endpoint.url": text("Where tokens are fetched.", null),
  "sasl.server.callback.handler.class": javaClass(
    "The Java class that answers for a SASL server; Sluice runs no Java.",
    null,
  ),
  "sasl.server.max.receive.size": int(
    "The longest SASL message that is accepted before the login.",
    524_288,
    { unit: "bytes" },
  ),
} as const;
