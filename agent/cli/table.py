"""Every command of `iki`: its name, its module, its summary."""

from collections.abc import Mapping

from agent.cli.lazy import LazyCommand, LazyCommands

_PACKAGE = "agent.cli."

COMMANDS: Mapping[str, LazyCommand | LazyCommands] = {
    "sign": LazyCommand(_PACKAGE + "sign", "Sign a submission workbook as its manufacturer."),
    "countersign": LazyCommand(
        _PACKAGE + "countersign", "Countersign a workbook that a manufacturer signed."
    ),
    "augment": LazyCommand(_PACKAGE + "augment", "Add a timestamp or CRLs to a signed workbook."),
    "verify": LazyCommand(_PACKAGE + "verify", "Verify signed workbooks; needs no token."),
    "inspect": LazyCommand(_PACKAGE + "inspect", "Show what the signatures cover, and the signed cells."),
    "diff": LazyCommand(_PACKAGE + "diff", "Show which parts and cells of two workbooks differ."),
    "evidence": LazyCommands(
        {"verify": LazyCommand(_PACKAGE + "evidence_verify", "Judge a bundle again, offline.")},
        "Keep a workbook with all that its verdict rests on.",
        default=LazyCommand(_PACKAGE + "evidence", "Write a bundle."),
    ),
    "cpl": LazyCommands(
        {
            "new": LazyCommand(_PACKAGE + "cpl_new", "Write a new submission form."),
            "check": LazyCommand(_PACKAGE + "cpl_check", "Check what a submission form says."),
            "export": LazyCommand(_PACKAGE + "cpl_export", "Write the entries of a form as JSON or CSV."),
            "split": LazyCommand(_PACKAGE + "cpl_split", "Part a form into Devices and Communications Hubs."),
            "hash": LazyCommand(_PACKAGE + "cpl_hash", "Print the Hash of a Manufacturer Image."),
        },
        "The submission form and the Hash in it.",
    ),
    "policy": LazyCommands(
        {
            "explain": LazyCommand(
                _PACKAGE + "policy_explain", "Show what each rule says of a signer and a workbook, and why."
            ),
            "check": LazyCommand(_PACKAGE + "policy_check", "Check a policy file."),
        },
        "When a key is refused.",
    ),
    "agent": LazyCommands(
        {
            "run": LazyCommand(_PACKAGE + "agent_run", "Run the agent, which holds tokens for many callers."),
            "status": LazyCommand(_PACKAGE + "agent_status", "Show the agent and its tokens."),
            "unlock": LazyCommand(_PACKAGE + "agent_unlock", "Give the agent the PINs of tokens."),
            "lock": LazyCommand(_PACKAGE + "agent_lock", "Make the agent forget the PINs of tokens."),
            "reload": LazyCommand(_PACKAGE + "agent_reload", "Let the agent read its configuration anew."),
            "stop": LazyCommand(_PACKAGE + "agent_stop", "Stop the agent."),
        },
        "The agent: one holder of the tokens, many callers.",
    ),
    "desk": LazyCommand(_PACKAGE + "desk", "Open a page to verify and sign many documents."),
    "csr": LazyCommand(_PACKAGE + "csr", "Make a certification request, signed on the token."),
    "token": LazyCommands(
        {
            "list": LazyCommand(_PACKAGE + "token_list", "List the tokens that the module shows."),
            "init": LazyCommand(_PACKAGE + "token_init", "Initialise a signer's token."),
            "soak": LazyCommand(_PACKAGE + "token_soak", "Measure a signer's token with TEST signatures."),
        },
        "PKCS#11 tokens.",
    ),
    "key": LazyCommands(
        {
            "list": LazyCommand(
                _PACKAGE + "key_list", "List the signing keys on the configured signers' tokens."
            ),
            "generate": LazyCommand(_PACKAGE + "key_generate", "Generate a signer's key on its token."),
            "destroy": LazyCommand(_PACKAGE + "key_destroy", "Destroy a signer's key, for ever."),
        },
        "Keys on tokens.",
    ),
    "cert": LazyCommands(
        {"import": LazyCommand(_PACKAGE + "cert_import", "Write a certificate beside its key.")},
        "Certificates on tokens.",
    ),
    "doctor": LazyCommand(_PACKAGE + "doctor", "Look at everything that signing will need; asks for no PIN."),
    "audit": LazyCommands(
        {
            "show": LazyCommand(_PACKAGE + "audit_show", "Show records, by time, signer, outcome, document."),
            "verify": LazyCommand(_PACKAGE + "audit_verify", "Check that the record is whole."),
            "export": LazyCommand(_PACKAGE + "audit_export", "Write the record to a file, from any store."),
            "anchor": LazyCommand(_PACKAGE + "audit_anchor", "Sign the head of the record."),
            "rotate": LazyCommand(_PACKAGE + "audit_rotate", "Begin a new log file."),
        },
        "The record of decisions.",
    ),
    "crl": LazyCommands(
        {
            "fetch": LazyCommand(_PACKAGE + "crl_fetch", "Fetch CRLs from their URLs into the store."),
            "import": LazyCommand(_PACKAGE + "crl_import", "Bring CRL files into the store."),
            "show": LazyCommand(_PACKAGE + "crl_show", "Show the CRLs in a file, or in the store."),
            "status": LazyCommand(_PACKAGE + "crl_status", "Say of each CA whether its CRL is fresh."),
            "watch": LazyCommand(_PACKAGE + "crl_watch", "Keep the store fresh until interrupted."),
        },
        "Certificate revocation lists.",
    ),
    "lab": LazyCommands(
        {
            "up": LazyCommand(_PACKAGE + "lab_up", "Make a rehearsal environment with TEST keys."),
            "revoke": LazyCommand(_PACKAGE + "lab_revoke", "Revoke a party's certificate."),
            "issue": LazyCommand(_PACKAGE + "lab_issue", "Issue a party a certificate with other dates."),
            "tamper": LazyCommand(_PACKAGE + "lab_tamper", "Change a cell of a signed workbook."),
            "crl": LazyCommand(_PACKAGE + "lab_crl", "Publish CRLs with other dates."),
            "serve": LazyCommand(
                _PACKAGE + "lab_serve", "Publish CRLs and CA certificates, and answer as a TSA."
            ),
        },
        "Rehearsal: a test IKI PKI and SoftHSM tokens.",
    ),
    "demo": LazyCommand(_PACKAGE + "demo", "Play the whole story in a temporary rehearsal environment."),
}
