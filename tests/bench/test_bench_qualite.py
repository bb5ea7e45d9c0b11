"""Le banc du contrôle qualité tourne, et ses trois façons de juger comptent pareil. Aucune durée n'est exigée ici."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_qualite import mesurer


def test_le_banc_juge_de_trois_facons_et_compte_pareil(tmp_path: Path) -> None:
    mesure = mesurer(3_000, tmp_path)
    print(f"\n{mesure}")
    assert mesure.regles >= 30 and mesure.regles_verdict > 250
    assert abs(mesure.lignes_service - 3_000) < 300
    assert mesure.rapport > 0 and "fois plus vite" in str(mesure)
