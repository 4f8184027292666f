"""`academy backup` and `academy restore`: an installation in one file, and the way back."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Save this installation's database and secret key to FILE, while the server goes on working.

    FILE is as secret as the installation itself: only you can read it. Keep it on another machine.
    """
    from tracker.start import connect

    connect()
    from tracker.backup.archive import make_backup
    from tracker.backup.errors import BackupFailed

    try:
        made = make_backup(file)
    except (BackupFailed, OSError) as failed:
        raise click.ClickException(str(failed)) from failed
    click.echo(f"Saved {made.total:,} rows of {len(made.rows)} tables, and the secret key, to {file}.")
    click.echo("Whoever has this file has everything: keep it as safe as the installation.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace a database that people are in.")
def restore(file: Path, overwrite: bool) -> None:
    """Bring back what `academy backup` saved to FILE. Stop the server first, and start it again afterwards.

    Everything is checked before anything changes. A backup of an older version is brought up to this one.
    """
    from tracker.start import connect

    connect()
    from tracker.backup.archive import bring_back
    from tracker.backup.errors import BackupFailed

    try:
        made = bring_back(file, overwrite)
    except (BackupFailed, OSError) as failed:
        raise click.ClickException(str(failed)) from failed
    click.echo(f"Brought back {made.total:,} rows of {len(made.rows)} tables, as they were at {made.made_at}.")
    click.echo("Start the server again. People sign in as before.")
