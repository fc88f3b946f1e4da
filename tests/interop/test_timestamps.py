"""LibreOffice calls valid what has timestamps, certificates and CRLs added to it."""

from pathlib import Path

from agent.service.additions import Additions
from agent.service.augmenting import AugmentingJob, run_augmenting
from agent.service.workspace import load_workspace
from tests.interop.libreoffice import GOOD, LibreOffice
from tests.support.lab import Story
from tests.support.tools import require_tool
from tests.support.tsa import make_openssl_authority, serving_tsa


def test_calls_valid_what_was_added_to(libreoffice: LibreOffice, story: Story, tmp_path: Path) -> None:
    """A signature with all that may be added, and a countersignature with it over one without."""
    require_tool("openssl")
    tsa = make_openssl_authority(tmp_path / "tsa")
    files = {story.signed: [GOOD], story.countersigned: [GOOD, GOOD]}
    with serving_tsa(tsa.answer) as url:
        tsa.configure(story.lab.configuration, url)
        workspace = load_workspace(story.lab.configuration)
        for file in files:
            job = AugmentingJob(file, tmp_path / file.name, Additions(timestamp=True, embed_revocation=True))
            run_augmenting(job, workspace)
    asked = libreoffice.ask([tmp_path / file.name for file in files])
    for file, expected in files.items():
        opinions = asked[tmp_path / file.name]
        assert [(opinion.valid, opinion.certificate_status) for opinion in opinions] == expected
