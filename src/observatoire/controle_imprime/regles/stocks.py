"""Stock + entrées − sorties = stock : les flux et les présents se ferment."""

from __future__ import annotations

from collections.abc import Iterator

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import modalite_normale, mots, porte, racines, vocabulaire
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import cle_tableau, globaux, grouper, nom


def _perimetres(imprime: Imprime) -> Iterator[list[Fait]]:
    comptes = [f for f in globaux(imprime) if f.unite == "nombre" and f.additif and not f.cite]
    yield from grouper(comptes, lambda f: f.perimetre).values()


def _presents(faits: list[Fait]) -> list[Fait]:
    """Les personnes présentes dans l'année (`…_accompagnes`, `…_accueillis`), une par valeur."""
    retenus = [f for f in faits if mots(f.fait)[-1] in vocabulaire()["presents"] and not _flux(f)]
    return list({f.nombre: f for f in retenus}.values())


def _flux(fait: Fait) -> bool:
    return _premier_ou_dernier(fait, "entrees") or _premier_ou_dernier(fait, "sorties")


def _premier_ou_dernier(fait: Fait, liste: str) -> bool:
    m = mots(fait.fait)
    return m[0] in vocabulaire()[liste] or (liste == "sorties" and m[-1] in vocabulaire()[liste])


def _de(faits: list[Fait], liste: str) -> list[Fait]:
    return list({(f.fait, f.nombre): f for f in faits if _premier_ou_dernier(f, liste)}.values())


@regle("Les nouveaux et les sortis sont parmi les personnes présentes dans l'année.")
def flux_dans_le_stock(imprime: Imprime) -> Resultats:
    """Compare entrées et sorties aux présents de l'année, quand un seul compte de présents est imprimé."""
    for faits in _perimetres(imprime):
        presents = _presents(faits)
        if len(presents) != 1:
            continue
        for flux in (*_comparables(_de(faits, "entrees"), presents[0]), *_de(faits, "sorties")):
            calcul = f"{nom(flux)} : {ecrire(flux.valeur)} pour {ecrire(presents[0].valeur)} {presents[0].indicateur}"
            if flux.nombre <= presents[0].nombre:
                yield Verification(numeros(flux, presents[0]), f"{calcul}.")
            else:
                yield Constat(
                    "flux plus grand que le stock",
                    PROUVE if _comparables([flux], presents[0]) else SUSPECT,
                    numeros(flux, presents[0]),
                    ecrire(flux.valeur),
                    f"au plus {ecrire(presents[0].valeur)}",
                    f"{calcul}.",
                )


def _comparables(flux: list[Fait], presents: Fait) -> list[Fait]:
    """Les entrées de la même population : `nouveaux_accueillis` avec `jeunes_accueillis`, pas `nouveaux_logements`."""
    return [f for f in flux if racines(f.fait) & racines(presents.fait)]


@regle("La file active de décembre tient les présents de l'année qui ne sont pas sortis.")
def file_active(imprime: Imprime) -> Resultats:
    """Présents de l'année − sorties = encore là au 31 décembre, que la file active de décembre compte toujours.

    Plus grande, elle est peut-être comptée au cours du mois : rien n'est dit. Plus petite, ou plus grande que les
    présents de l'année, elle est fausse. Source : règles de lecture, stocks et flux.
    """
    for faits in _perimetres(imprime):
        presents, sorties = _presents(faits), _de(faits, "sorties")
        if len(presents) != 1 or not sorties:
            continue
        toutes = max(sorties, key=lambda f: f.nombre)  # les autres (arrêts…) en sont une partie
        for mois in _files_mensuelles(imprime, presents[0]):
            yield from _juger_file(presents[0], toutes, mois)


def _files_mensuelles(imprime: Imprime, presents: Fait) -> Iterator[list[Fait]]:
    mensuels = [f for f in imprime.du_perimetre(presents) if f.modalite("mois") and f.unite == "nombre" and f.additif]
    for mois in grouper(mensuels, lambda f: (*cle_tableau(f), f.indicateur)).values():
        if {"janvier", "decembre"} <= {modalite_normale(f.modalite("mois")) for f in mois}:
            yield mois


def _juger_file(presents: Fait, sorties: Fait, mois: list[Fait]) -> Resultats:
    decembre = next(f for f in mois if modalite_normale(f.modalite("mois")) == "decembre")
    reste = presents.nombre - sorties.nombre
    calcul = f"{ecrire(presents.valeur)} − {ecrire(sorties.valeur)} = {ecrire(reste)} au 31 décembre"
    if decembre.nombre < reste:
        yield Constat(
            "stock qui ne se ferme pas",
            PROUVE,
            numeros(decembre, presents, sorties),
            ecrire(decembre.valeur),
            f"au moins {ecrire(reste)}",
            f"{calcul} ; la file active de décembre dit {ecrire(decembre.valeur)}.",
        )
    elif decembre.nombre == reste:
        yield Verification(numeros(decembre, presents, sorties), f"{calcul}, file active lue en fin de mois.")
    for f in mois:
        if f.nombre > presents.nombre:
            yield Constat(
                "flux plus grand que le stock",
                PROUVE,
                numeros(f, presents),
                ecrire(f.valeur),
                f"au plus {ecrire(presents.valeur)}",
                f"{nom(f)} : {ecrire(f.valeur)} pour {ecrire(presents.valeur)} {presents.indicateur}.",
            )


@regle("Présents au début + entrées − sorties = présents à la fin.")
def bilan_matiere(imprime: Imprime) -> Resultats:
    """Ferme le compte quand le stock de début, celui de fin, les entrées et les sorties sont imprimés ensemble."""
    for faits in _perimetres(imprime):
        debut, fin = _stocks(faits, "stock_debut"), _stocks(faits, "stock_fin")
        entrees, sorties = _de(faits, "entrees"), _de(faits, "sorties")
        if not all(len(groupe) == 1 for groupe in (debut, fin, entrees, sorties)):
            continue
        d, e, s, f = debut[0], entrees[0], sorties[0], fin[0]
        attendu = d.nombre + e.nombre - s.nombre
        calcul = f"{ecrire(d.valeur)} + {ecrire(e.valeur)} − {ecrire(s.valeur)} = {ecrire(attendu)}"
        if attendu == f.nombre:
            yield Verification(numeros(f, d, e, s), f"{nom(f)} : {calcul}.")
        else:
            yield Constat(
                "stock qui ne se ferme pas",
                PROUVE,
                numeros(f, d, e, s),
                ecrire(f.valeur),
                ecrire(attendu),
                f"{nom(f)} : {calcul}, et non {ecrire(f.valeur)}.",
            )


def _stocks(faits: list[Fait], liste: str) -> list[Fait]:
    return [f for f in faits if mots(f.fait)[0].startswith("present") and porte(f.fait, liste)]


@regle("Les présents de fin et de début d'année tiennent dans la capacité d'alors.")
def capacite(imprime: Imprime) -> Resultats:
    """Présents au 1er janvier (présents de l'année − nouveaux) et au 31 décembre (− sorties) contre les places.

    Un dépassement reste suspect : des « nouveaux » peuvent n'être qu'une partie des entrées.
    """
    places = [f for f in imprime if f.unite == "places" and porte(f.indicateur, "capacites")]
    for faits in _perimetres(imprime):
        presents = _presents(faits)
        if len(presents) != 1:
            continue
        for quand, liste, moment in (("1er janvier", "entrees", "avant"), ("31 décembre", "sorties", "apres")):
            flux = _de(faits, liste)
            flux = _comparables(flux, presents[0]) if liste == "entrees" else flux
            if len(flux) == 1:
                for place in _places_d_alors(places, presents[0], moment):
                    yield from _juger_capacite(presents[0], flux[0], place, quand)


def _places_d_alors(places: list[Fait], presents: Fait, moment: str) -> list[Fait]:
    """Les places du même service : « Duo » pour les « majeurs » vaut « Duo majeurs »."""
    retenues = []
    for place in places:
        moments = {modalite_normale(m) for v, m in place.ventilations if v == "moment"}
        public = " ".join(m for v, m in place.ventilations if v != "moment")
        meme = racines(f"{place.service} {public}") == racines(presents.service)
        if meme and place.annee == presents.annee and moment in (moments or {"apres"}):
            retenues.append(place)
    return retenues[:1]


def _juger_capacite(presents: Fait, flux: Fait, place: Fait, quand: str) -> Resultats:
    reste = presents.nombre - flux.nombre
    calcul = (
        f"{ecrire(presents.valeur)} {presents.indicateur} − {ecrire(flux.valeur)} {flux.indicateur} = {ecrire(reste)} "
        f"présents au {quand}, pour {ecrire(place.valeur)} places"
    )
    if reste <= place.nombre:
        yield Verification(numeros(presents, flux, place), f"{calcul}.")
    else:
        yield Constat(
            "capacité dépassée",
            SUSPECT,
            numeros(presents, flux, place),
            ecrire(reste),
            f"au plus {ecrire(place.valeur)}",
            f"{calcul}.",
        )
