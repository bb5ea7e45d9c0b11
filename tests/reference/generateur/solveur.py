"""Le solveur de contraintes (OR-tools CP-SAT), réglé pour rendre toujours la même solution."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model


def resoudre(modele: cp_model.CpModel, quoi: str) -> cp_model.CpSolver:
    """Résout `modele` de façon reproductible : un seul fil, graine fixe, aucune limite d'horloge.

    Lève `RuntimeError` s'il n'a pas de solution : les marges demandées se contredisent.
    """
    solveur = cp_model.CpSolver()
    solveur.parameters.num_workers = 1
    solveur.parameters.random_seed = 2022
    etat = solveur.solve(modele)
    if etat not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError(f"Aucune solution pour {quoi} : {solveur.status_name(etat)}.")
    return solveur


def ajuster(souhaits: Sequence[int], bornes: Sequence[tuple[int, int]], total: int, marge: int, quoi: str) -> list[int]:
    """Entiers les plus libres possible dont la somme vaut `total`.

    Chaque entier reste dans ses `bornes` et à `marge` près de son souhait.
    """
    modele = cp_model.CpModel()
    variables = [
        modele.new_int_var(max(bas, souhait - marge), min(haut, souhait + marge), f"x{i}")
        for i, (souhait, (bas, haut)) in enumerate(zip(souhaits, bornes, strict=True))
    ]
    modele.add(sum(variables) == total)
    # Un souhait sur deux est figé tant que le total le permet : sinon le solveur colle tout à une borne.
    for variable, souhait in list(zip(variables, souhaits, strict=True))[::2]:
        modele.add(variable == souhait)
    solveur = resoudre(modele, quoi)
    return [solveur.value(v) for v in variables]
