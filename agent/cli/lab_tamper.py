"""`iki lab tamper FILE -o OUT`."""

from agent.cli.console import print_line
from agent.cli.options import ForceOption, RequiredOutputOption, WorkbookArgument
from agent.config.limits import DocumentLimits
from agent.lab.tamper import change_one_cell
from agent.service.files import read_file
from agent.service.release import PendingOutput


def command(file: WorkbookArgument, output: RequiredOutputOption, force: ForceOption = False) -> None:
    """Change one character of a cell and leave every signature in place, as an attacker would."""
    limits = DocumentLimits()
    data = read_file(file, what="workbook", limit=limits.max_file_bytes)
    with PendingOutput(output, inputs=(file,), force=force) as pending:
        changed, before, after = change_one_cell(data, limits)
        pending.write(changed)
        pending.release()
    print_line(f"Changed a cell: {before}")
    print_line(f"            to: {after}")
    print_line(f"Output  {output}")
