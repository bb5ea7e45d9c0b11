"""La qualité avant les graphiques : suites de contrôles, verdict par service et par année."""

from observatoire.qualite.verdict import ResultatRegle, Verdict, verdict

__all__ = ["ResultatRegle", "Verdict", "verdict"]
