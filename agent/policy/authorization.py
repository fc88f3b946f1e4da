"""The signing authorization: no key operation without one, and each is good for one.

It is minted here alone, after every rule has run on the facts, and carries the
digest that may be signed. Whoever holds the key takes the digest from it, so
nothing that was not checked can reach the key.
"""

import hashlib
from dataclasses import field
from datetime import datetime, timedelta

from agent.audit.anchor import AnchorStatement
from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate
from agent.policy.engine import Decision, decide, decide_key_use
from agent.policy.facts import AccessFacts, CertificateFacts, SigningFacts

_LIFETIME = timedelta(seconds=60)
"""Long enough for a touch on a token or a queue at an HSM, too short to be kept."""
_SOAK_PREFIX = b"iki token soak: TEST, this signs nothing\0"
"""What a soak signs begins so: no SignedInfo does (XML), no certification request and no CMS (DER)."""
_NONCE_OCTETS = 32
_MINT = object()


class AuthorizationError(IkiError):
    """An authorization was used twice, too late, or for another key: a defect of the caller."""

    exit_status = ExitStatus.INTERNAL


@dataclass(slots=True, eq=False)
class SigningAuthorization:
    """Leave to sign one digest with one key, once, for a minute."""

    public_key: bytes
    """DER SubjectPublicKeyInfo of the only key it is good for."""
    certificate: SigningCertificate | None
    """The certificate it was granted for; None for a request for one, and for a soak."""
    algorithm: SignatureAlgorithm
    """The only algorithm to sign it by."""
    expires: datetime
    _digest: bytes
    _minted_by: object = field(repr=False)
    _used: bool = False

    def __post_init__(self) -> None:
        """Refuse to exist unless this module made it."""
        if self._minted_by is not _MINT:
            raise AuthorizationError(
                "authorization-forged", "an authorization is granted by the policy alone"
            )

    def redeem(self, public_key: bytes, now: datetime) -> bytes:
        """Hand out the digest to sign, once, to the right key, in time.

        Raises:
            AuthorizationError: `authorization-used`, `authorization-expired`, `authorization-key`.

        """
        if self._used:
            raise AuthorizationError("authorization-used", "this authorization was used before")
        self._used = True
        if now > self.expires:
            raise AuthorizationError(
                "authorization-expired", "the token took longer than the authorization holds"
            )
        if public_key != self.public_key:
            raise AuthorizationError("authorization-key", "this authorization is for another key")
        return self._digest


def authorize(
    facts: SigningFacts, digest: bytes, algorithm: SignatureAlgorithm | None = None
) -> tuple[SigningAuthorization, Decision]:
    """Run every rule and, if none refuses, grant the signing of `digest`.

    Without `algorithm` it is the one that follows from the certificate.

    Raises:
        PolicyRefusedError: with every finding.

    """
    decision = decide(facts)
    decision.require_allowed()
    if facts.token_public_key is None:
        raise AuthorizationError("authorization-key", "the token's key was not looked at")
    expires = facts.signer.at + _LIFETIME
    certificate = facts.signer.certificate
    chosen = algorithm or certificate.algorithm
    grant = SigningAuthorization(facts.token_public_key, certificate, chosen, expires, digest, _MINT)
    return grant, decision


def authorize_request(public_key: bytes, digest: bytes, now: datetime) -> SigningAuthorization:
    """Grant the one signature of a PKCS#10 request, which proves possession and asserts nothing else.

    Source: RFC 2986 clause 3.
    """
    return SigningAuthorization(public_key, None, algorithm_for(public_key), now + _LIFETIME, digest, _MINT)


def authorize_anchor(
    signer: CertificateFacts, access: AccessFacts, public_key: bytes, statement: AnchorStatement
) -> tuple[SigningAuthorization, Decision]:
    """Grant one signature over the head of the audit record, whose digest is made here from the statement.

    Its octets begin with words that no document's do, so it can be the digest of nothing else.

    Raises:
        PolicyRefusedError: with every finding.
        AuthorizationError: `authorization-key`: the token's key is not the certificate's.

    """
    decision = decide_key_use(signer, access)
    decision.require_allowed()
    certificate = signer.certificate
    if public_key != certificate.spki_der:
        raise AuthorizationError("authorization-key", "the token's key is not that of the certificate")
    algorithm = certificate.algorithm
    digest = statement.digest(algorithm.hash_name)
    grant = SigningAuthorization(public_key, certificate, algorithm, signer.at + _LIFETIME, digest, _MINT)
    return grant, decision


def authorize_digest(
    signer: CertificateFacts,
    access: AccessFacts,
    public_key: bytes,
    digest: bytes,
    algorithm: SignatureAlgorithm,
) -> tuple[SigningAuthorization, Decision]:
    """Grant one signature over a digest of what nobody here has seen, to whom the signer's table names.

    Raises:
        PolicyRefusedError: with every finding.
        AuthorizationError: `authorization-digest`: it does not; `authorization-key`, as for an anchor.

    """
    names = {access.requester} if access.uid is None else {access.requester, f"uid:{access.uid}"}
    if not names & set(access.access.raw_digest_requesters):
        raise AuthorizationError("authorization-digest", "this requester has documents signed, not digests")
    decision = decide_key_use(signer, access)
    decision.require_allowed()
    certificate = signer.certificate
    if public_key != certificate.spki_der:
        raise AuthorizationError("authorization-key", "the token's key is not that of the certificate")
    grant = SigningAuthorization(public_key, certificate, algorithm, signer.at + _LIFETIME, digest, _MINT)
    return grant, decision


def authorize_soak(public_key: bytes, nonce: bytes, now: datetime) -> SigningAuthorization:
    """Grant one signature that measures a token: over the fixed prefix and `nonce`, 32 octets, hashed here.

    The digest is made from these and nothing else, so it can be that of no document.

    Raises:
        AuthorizationError: `authorization-nonce`.

    """
    if len(nonce) != _NONCE_OCTETS:
        raise AuthorizationError("authorization-nonce", "a nonce of a soak has 32 octets")
    algorithm = algorithm_for(public_key)
    digest = hashlib.new(algorithm.hash_name, soak_octets(nonce)).digest()
    return SigningAuthorization(public_key, None, algorithm, now + _LIFETIME, digest, _MINT)


def soak_octets(nonce: bytes) -> bytes:
    """Build what a soak signs."""
    return _SOAK_PREFIX + nonce
