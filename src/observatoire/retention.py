"""La durée de conservation : retirer les ménages perdus de vue, en gardant les chiffres de leurs années.

Un ménage part quand son dernier contact (la dernière date d'un fait qui le concerne) est plus ancien que la durée
du service. Un accompagnement, un séjour ou un contrat encore ouvert le garde, et le bilan le dit. Avant d'effacer,
les agrégats des années que la purge entame, protégés comme pour le public, sont ajoutés à
`data/publie/<service>.csv` : ces années ne se calculent plus, elles se relisent. L'effacement touche toutes les
livraisons, passées comprises, et les éditions internes gardées pour dire ce qui change d'une publication à l'autre ;
les exports bruts et les rapports internes déjà rendus de ces années restent à l'utilisateur, et le bilan les nomme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from observatoire import modele, rangement
from observatoire.ecriture import remplacer_fichier
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurFichier, ErreurParametre, RapportBloque
from observatoire.espace import Espace
from observatoire.livraisons import assembler, tout_reunir
from observatoire.modele import Type
from observatoire.nettoyage.doublons import MASQUE
from observatoire.rangement import ACTIVE, ANNEXES, Chantier, Inscription
from observatoire.services import Service, lire_service

DUREE_PAR_DEFAUT = 24  # mois
SOURCE = "Observatoire : agrégats conservés à la purge"
# Ce qui n'est qu'une prévision ne dit pas qu'on a vu le ménage ; la naissance n'est pas un contact.
PAS_UN_CONTACT = ("date_fin_prevue", "naissance")
# Un fait ouvert : sa fin manque alors que son début est connu.
OUVERTS = {
    "mesure": ("date_debut", "date_fin"),
    "sejour": ("date_entree", "date_sortie"),
    "contrat_travail": ("date_debut", "date_fin"),
}
PERSONNELLES = (
    "personne",
    "menage",
    "membre",
    "demande",
    "mesure",
    "sejour",
    "situation",
    "acte",
    "participation",
    "relogement",
    "dette_mois",
    "contrat_travail",
    "contact_employeur",
)
_LONG = 12  # un identifiant plus court pourrait être un bout d'un autre mot

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class BilanPurge:
    """Le compte rendu d'une purge.

    `limite` : un dernier contact avant ce jour fait partir ; `lignes` : lignes effacées par table courante ;
    `demandes` : demandes sans ménage effacées ; `ouverts` : ménages sans contact gardés parce qu'un
    accompagnement, un séjour ou un contrat n'a pas de fin ; `annees` : années entamées, désormais relues ;
    `agregats` : chiffres conservés dans `fichier` ; `masques` : chiffres que le secret statistique ne laisse pas
    conserver ; `retenus` : ceux que le contrôle qualité retient ; `annees_bloquees` : années dont il bloque tout ;
    `editions` : éditions internes gardées dont les chiffres de ces années sont effacés ; `rapports` : les documents
    internes déjà rendus de ces années, non masqués, que la purge n'efface pas.
    """

    service: str
    limite: dt.date
    menages: int = 0
    personnes: int = 0
    demandes: int = 0
    ouverts: int = 0
    lignes: dict[str, int] = field(default_factory=dict)
    livraisons: tuple[str, ...] = ()
    annees: tuple[int, ...] = ()
    annees_bloquees: tuple[int, ...] = ()
    agregats: int = 0
    masques: int = 0
    retenus: int = 0
    fichier: Path | None = None
    simulee: bool = False
    editions: int = 0
    rapports: tuple[str, ...] = ()

    @property
    def vide(self) -> bool:
        """Vrai s'il n'y a rien à effacer."""
        return not self.lignes and not self.livraisons


@dataclass(frozen=True)
class _Partants:
    """Ce qui part : ménages, personnes, et les faits qui ne se rattachent que par eux."""

    menages: pl.Series
    personnes: pl.Series
    mesures: pl.Series
    actes: pl.Series
    demandes: pl.Series
    ouverts: int

    @cached_property
    def identifiants(self) -> pl.Series:
        series = (self.menages, self.personnes, self.mesures, self.actes, self.demandes)
        return pl.concat([s.cast(pl.String).alias("id") for s in series]).unique()


def purger(
    espace: Espace,
    service: str,
    a_la_date: dt.date,
    duree: int | None = None,
    *,
    simuler: bool = False,
    sans_agregats: bool = False,
) -> BilanPurge:
    """Efface les ménages dont le dernier contact a plus de `duree` mois à `a_la_date`, et garde leurs agrégats.

    `duree` : celle du service (`duree_conservation_mois`, 24 par défaut) si elle n'est pas donnée. `simuler` : rend
    le bilan sans rien écrire. `sans_agregats` : efface même une année dont le contrôle qualité bloque les chiffres, qui
    seront perdus. D'un seul tenant : une coupure laisse tout ou efface tout, et relancer achève. Lève
    `ErreurParametre` (service inconnu, durée ou date impossibles), `RapportBloque` (année bloquée), `ErreurFichier`
    si un fichier résiste.
    """
    from observatoire.campagne.editions import oublier
    from observatoire.campagne.portail import rapports_internes
    from observatoire.qualite.suivi import oublier_corrections

    fiche = lire_service(espace, service)
    limite = _limite(a_la_date, duree_du_service(fiche) if duree is None else duree, simuler)
    with rangement.chantier(espace.entrepot(service)) as ouvert:
        livrees = {i: _livree(ouvert, i) for i in ouvert.carnet.actives}
        entrepot = lire_entrepot(espace, service)
        courantes = {nom: entrepot.table(nom) for nom in PERSONNELLES}
        partants = _partants(courantes, livrees, limite)
        restantes = {nom: _rester(nom, cadre, partants) for nom, cadre in courantes.items()}
        reecrites = {i: _purgees(ouvert, i, tables, partants, limite) for i, tables in livrees.items()}
        touchees = [i for i, (tables, annexes) in reecrites.items() if _touchee(ouvert, i, tables, annexes)]
        parties = {nom: courantes[nom].height - restantes[nom].height for nom in PERSONNELLES}
        bilan = BilanPurge(
            service=service,
            limite=limite,
            menages=partants.menages.len(),
            personnes=partants.personnes.len(),
            demandes=partants.demandes.len(),
            ouverts=partants.ouverts,
            lignes={nom: nombre for nom, nombre in parties.items() if nombre},
            livraisons=tuple(i.id for i in touchees),
            annees=_annees_entamees(fiche, courantes, partants, entrepot.annees_purgees),
            simulee=simuler,
        )
        purgees = sorted({*bilan.annees, *entrepot.annees_purgees})
        if bilan.vide:
            return replace(bilan, editions=0 if simuler else oublier(espace, service, purgees))
        bilan, series = _agregats(espace, fiche, bilan)
        bilan = replace(bilan, rapports=rapports_internes(espace, service, bilan.annees))
        if bilan.annees_bloquees and not (simuler or sans_agregats):
            bloquees = ", ".join(map(str, bilan.annees_bloquees))
            raise RapportBloque(
                f"Le contrôle qualité bloque {bloquees} : les chiffres de ces années seraient perdus.",
                "Lancez « observatoire verifier », corrigez et réimportez ; ou acceptez la perte avec --sans-agregats.",
            )
        if not simuler:
            if series is not None:
                _completer(bilan.fichier, series, bilan.annees)
            # Avant d'effacer : interrompue ici, la purge recommence, et n'a perdu que des comparaisons.
            bilan = replace(bilan, editions=oublier(espace, service, purgees))
            _effacer(ouvert, {i: reecrites[i] for i in touchees}, a_la_date, bilan.annees)
            oublier_corrections(espace, service)
    return bilan


def duree_du_service(service: Service) -> int:
    """La durée de conservation du service, en mois."""
    return getattr(service.parametres, "duree_conservation_mois", DUREE_PAR_DEFAUT)


def _limite(a_la_date: dt.date, duree: int, simuler: bool) -> dt.date:
    if isinstance(duree, bool) or not isinstance(duree, int) or duree < 1:
        raise ErreurParametre(f"Durée de conservation « {duree} » impossible.", "Donnez un nombre de mois, dès 1.")
    if a_la_date > dt.date.today() and not simuler:
        raise ErreurParametre(
            f"La date {a_la_date:%d/%m/%Y} est à venir.", "Une purge ne s'anticipe pas : simulez-la ou changez la date."
        )
    return pl.select(pl.lit(a_la_date).dt.offset_by(f"-{duree}mo")).item()


# --- Qui part ------------------------------------------------------------------------------------------------


def _livree(ouvert: Chantier, inscription: Inscription) -> dict[str, pl.DataFrame]:
    return {nom: ouvert.table_livree(inscription, nom) for nom in PERSONNELLES if nom in inscription.tables}


def _jours(nom: str) -> list[pl.Expr]:
    """Les dates d'une table qui disent un contact ; un mois vaut son dernier jour."""
    jours = []
    for colonne in modele.table(nom).colonnes.values():
        if colonne.nom in PAS_UN_CONTACT:
            continue
        if colonne.variable.type is Type.DATE:
            jours.append(pl.col(colonne.nom))
        elif colonne.variable.type is Type.MOIS:
            jours.append((pl.col(colonne.nom) + "-01").str.to_date("%Y-%m-%d", strict=False).dt.month_end())
    return jours


def _colonne(nom: str, colonne: str) -> pl.Expr:
    connue = colonne in modele.table(nom).colonnes
    return (pl.col(colonne) if connue else pl.lit(None, pl.String)).alias(colonne)


def _faits(tables: Tables) -> pl.DataFrame:
    """Un fait par ligne : ménage, personne, premier et dernier jour, ouvert. Le ménage vient au besoin de la mesure."""
    mesures = _table(tables, "mesure").select("id_mesure", _par_mesure=pl.col("id_menage")).unique("id_mesure")
    actes = _table(tables, "acte").select("id_acte", _jour=pl.col("date")).unique("id_acte")
    faits = []
    for nom in PERSONNELLES:
        cadre = _table(tables, nom)
        jours = _jours(nom)
        debut, fin = OUVERTS.get(nom, (None, None))
        ouvert = pl.col(debut).is_not_null() & pl.col(fin).is_null() if debut and fin else pl.lit(False)
        if nom == "participation":
            cadre, jours = cadre.join(actes, on="id_acte", how="left"), [pl.col("_jour")]
        if nom == "acte":
            cadre = cadre.join(mesures, on="id_mesure", how="left").with_columns(
                id_menage=pl.coalesce("id_menage", "_par_mesure")
            )
        personne = pl.col("id_referent").alias("id_personne") if nom == "menage" else _colonne(nom, "id_personne")
        faits.append(
            cadre.select(
                _colonne(nom, "id_menage"),
                personne,
                premier=pl.min_horizontal(jours) if jours else pl.lit(None, pl.Date),
                dernier=pl.max_horizontal(jours) if jours else pl.lit(None, pl.Date),
                ouvert=ouvert,
                recue=pl.col("_recue") if "_recue" in cadre.columns else pl.lit(None, pl.Date),
            )
        )
    return pl.concat(faits)


def _table(tables: Tables, nom: str) -> pl.DataFrame:
    return tables.get(nom, modele.table_vide(nom))


def _contacts(faits: pl.DataFrame, liens: pl.DataFrame, par: str) -> pl.DataFrame:
    """Dernier contact, fait ouvert et jour de réception, par ménage ou par personne sans ménage."""
    if par == "id_menage":
        # Ce qui ne porte que la personne (un atelier, un contrat) vaut pour chacun de ses ménages.
        seuls = faits.filter(pl.col("id_menage").is_null()).drop("id_menage").join(liens, on="id_personne")
        faits = pl.concat([faits, seuls.select(faits.columns)])
    else:
        faits = faits.join(liens, on="id_personne", how="anti")
    return (
        faits.filter(pl.col(par).is_not_null())
        .group_by(par)
        .agg(pl.col("dernier").max(), pl.col("ouvert").any(), pl.col("recue").max())
    )


def _sans_contact(courants: pl.DataFrame, livres: pl.DataFrame, par: str, limite: dt.date) -> pl.DataFrame:
    """Les ménages (ou personnes) perdus de vue, et ceux qu'un fait ouvert garde.

    Les tables courantes font foi. Un identifiant que seules d'anciennes livraisons connaissent y est lu ; celui
    qu'aucun fait ne date vaut le jour où il a été reçu.
    """
    tous = livres.join(courants, on=par, how="left", suffix="_courant")
    contact = pl.coalesce("dernier_courant", "dernier", "recue")
    return tous.filter(contact < limite).select(par, ouvert=pl.coalesce("ouvert_courant", "ouvert"))


def _partants(courantes: Tables, livrees: Mapping[Inscription, Tables], limite: dt.date) -> _Partants:
    toutes = {nom: _toutes(nom, livrees) for nom in PERSONNELLES}
    faits, faits_livres = _faits(courantes), _faits(toutes)
    liens = faits_livres.select("id_menage", "id_personne").drop_nulls().unique()
    menages, personnes = (
        _sans_contact(_contacts(faits, liens, par), _contacts(faits_livres, liens, par), par, limite)
        for par in ("id_menage", "id_personne")
    )
    partis = menages.filter(~pl.col("ouvert"))["id_menage"]
    seuls = personnes.filter(~pl.col("ouvert"))["id_personne"]
    gardees = liens.filter(~pl.col("id_menage").is_in(partis.implode()))["id_personne"]
    avec_eux = liens.filter(~pl.col("id_personne").is_in(gardees.implode()))["id_personne"].unique()
    partants = _Partants(
        menages=partis,
        personnes=pl.concat([seuls, avec_eux]).unique(),
        mesures=_mesures_parties(courantes, toutes, partis),
        actes=pl.Series("id_acte", [], dtype=pl.String),
        demandes=_demandes_seules(courantes, toutes, limite),
        ouverts=menages["ouvert"].sum(),
    )
    actes = toutes["acte"].filter(_partante("acte", partants))["id_acte"].unique()
    return replace(partants, actes=actes)


def _toutes(nom: str, livrees: Mapping[Inscription, Tables]) -> pl.DataFrame:
    """Les lignes d'une table dans toutes les livraisons, avec le jour où chacune a été reçue."""
    vide = modele.table_vide(nom).with_columns(_recue=pl.lit(None, pl.Date))
    lues = [
        tables[nom].drop(MASQUE).with_columns(_recue=dt.date.fromisoformat(inscription.date[:10]))
        for inscription, tables in livrees.items()
        if nom in tables
    ]
    return pl.concat([vide, *lues])


def _mesures_parties(courantes: Tables, toutes: Tables, partis: pl.Series) -> pl.Series:
    """Les mesures de ces ménages, sauf celles qu'une livraison plus récente a rendues à un autre."""
    parti = pl.col("id_menage").is_in(partis.implode())
    gardees = courantes["mesure"].filter(~parti)["id_mesure"]
    return toutes["mesure"].filter(parti & ~pl.col("id_mesure").is_in(gardees.implode()))["id_mesure"].unique()


def _demandes_seules(courantes: Tables, toutes: Tables, limite: dt.date) -> pl.Series:
    """Les demandes sans ménage, trop anciennes et dont aucune mesure n'est née."""
    contact = pl.max_horizontal("date_demande", "date_decision")
    connues = pl.concat([tables["demande"].select("id_demande", "id_menage") for tables in (courantes, toutes)])
    rattachees = connues.drop_nulls()["id_demande"]
    nees = pl.concat([courantes["mesure"]["id_demande"], toutes["mesure"]["id_demande"]]).drop_nulls()
    suivies = pl.concat([rattachees, nees])
    recentes = courantes["demande"].filter(contact >= limite)["id_demande"]
    gardees = pl.concat([suivies, recentes]).implode()
    return toutes["demande"].filter((contact < limite) & ~pl.col("id_demande").is_in(gardees))["id_demande"].unique()


def _partante(nom: str, partants: _Partants) -> pl.Expr:
    """Vrai pour une ligne qui part avec son ménage, sa personne, sa mesure, son acte, ou seule."""
    colonnes = modele.table(nom).colonnes
    raisons = [pl.lit(False)]
    if "id_menage" in colonnes:
        raisons.append(pl.col("id_menage").is_in(partants.menages.implode()))
    if "id_personne" in colonnes:
        raisons.append(pl.col("id_personne").is_in(partants.personnes.implode()))
    if nom == "acte":
        raisons.append(pl.col("id_menage").is_null() & pl.col("id_mesure").is_in(partants.mesures.implode()))
    if nom == "participation":
        raisons.append(pl.col("id_acte").is_in(partants.actes.implode()))
    if nom == "demande":
        raisons.append(pl.col("id_demande").is_in(partants.demandes.implode()))
    return pl.any_horizontal(r.fill_null(False) for r in raisons)


def _rester(nom: str, cadre: pl.DataFrame, partants: _Partants) -> pl.DataFrame:
    return cadre.filter(~_partante(nom, partants))


# --- Effacer -------------------------------------------------------------------------------------------------

Contenu = tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]


def _purgees(
    ouvert: Chantier, inscription: Inscription, tables: Tables, partants: _Partants, limite: dt.date
) -> Contenu:
    """Ce qu'une livraison garde : ses lignes restantes, ses rejets et corrections sans personne qui part."""
    gardees = {nom: _rester(nom, cadre, partants) for nom, cadre in tables.items()}
    annexes = {}
    for nom in ANNEXES:
        annexe = ouvert.annexe_livree(inscription, nom)
        # Rien ne date une ligne rejetée : elle part avec les livraisons plus vieilles que la durée.
        if annexe is not None and inscription.date[:10] >= limite.isoformat():
            annexes[nom] = annexe.filter(~_cite(annexe, partants.identifiants))
    return gardees, annexes


def _cite(annexe: pl.DataFrame, identifiants: pl.Series) -> pl.Expr:
    """Vrai pour une ligne dont un texte cite un identifiant, seul ou parmi d'autres mots."""
    longs = identifiants.filter(identifiants.str.len_chars() >= _LONG).to_list()
    cites = [pl.lit(False)]
    for colonne, type_ in annexe.schema.items():
        if type_ == pl.String:
            mots = pl.col(colonne).str.split("·").list.eval(pl.element().str.strip_chars())
            cites.append(mots.list.eval(pl.element().is_in(identifiants.implode())).list.any())
            if longs:
                cites.append(pl.col(colonne).str.contains_any(longs))
    return pl.any_horizontal(c.fill_null(False) for c in cites)


def _touchee(ouvert: Chantier, inscription: Inscription, tables: Tables, annexes: Tables) -> bool:
    """Vrai si la purge ôte quelque chose à une livraison."""
    if any(cadre.height != inscription.tables[nom] for nom, cadre in tables.items()):
        return True
    avant = {nom: a for nom in ANNEXES if (a := ouvert.annexe_livree(inscription, nom)) is not None}
    return any(nom not in annexes or annexes[nom].height != a.height for nom, a in avant.items())


def _effacer(
    ouvert: Chantier, reecrites: Mapping[Inscription, Contenu], a_la_date: dt.date, annees: Sequence[int]
) -> None:
    """Réécrit les livraisons touchées, réunit, valide, puis efface tout ce que le carnet ne nomme plus."""
    neuves = {}
    for inscription, (tables, annexes) in reecrites.items():
        autres = {n: ouvert.table_livree(inscription, n) for n in inscription.tables if n not in tables}
        completes = {**tables, **autres}
        remplies = {nom: annexe for nom, annexe in annexes.items() if annexe.height}
        neuves[inscription] = replace(
            inscription,
            dossier=ouvert.deposer(inscription.id, completes, remplies, ouvert.fiche_livree(inscription)),
            tables={nom: completes[nom].height for nom in inscription.tables},
            purgee=a_la_date.isoformat(),
        )
    liste = tuple(neuves.get(i, i) for i in ouvert.carnet.livraisons)
    rangees = tout_reunir(ouvert, [i for i in liste if i.etat == ACTIVE], ouvert.carnet.tables)
    carnet = assembler(ouvert, liste, rangees)
    purgees = tuple(sorted({*carnet.annees_purgees, *annees}))
    ouvert.valider(replace(carnet, annees_purgees=purgees), effacer=True)


# --- Conserver les agrégats ----------------------------------------------------------------------------------


def _annees_entamees(service: Service, courantes: Tables, partants: _Partants, deja: Iterable[int]) -> tuple[int, ...]:
    """Les années, livrées et pas encore purgées, dont une ligne qui part couvre un jour."""
    partis = {nom: cadre.filter(_partante(nom, partants)) for nom, cadre in courantes.items()}
    faits = _faits(partis).filter(pl.col("premier").is_not_null())
    if faits.is_empty():
        return ()
    bornes = faits.select(pl.col("premier").min(), pl.col("dernier").max()).row(0)
    entamees = []
    for annee in range(bornes[0].year, bornes[1].year + 2):
        periode = service.periode(annee)
        dedans = (pl.col("premier") < periode.fin) & (pl.col("dernier") >= periode.debut)
        if annee not in deja and service.parametres.couvre(annee) and faits.select(dedans.any()).item():
            entamees.append(annee)
    return tuple(entamees)


def _agregats(espace: Espace, service: Service, bilan: BilanPurge) -> tuple[BilanPurge, pl.DataFrame | None]:
    """Calcule les agrégats des années entamées ; rend le bilan complété et les séries à ranger."""
    from observatoire.indicateurs import EVOLUTION, calculer, en_vigueur
    from observatoire.protection import proteger
    from observatoire.qualite import verdict

    blocs, bloquees = [], []
    for annee in bilan.annees:
        juge = verdict(espace, service.id, annee)
        if juge.bloquants:
            bloquees.append(annee)
            continue
        table = calculer(espace, service.id, annee, verdict=juge).filter(pl.col("indicateur") != EVOLUTION)
        versions = {nom: en_vigueur(nom, annee).definition.version for nom in table["indicateur"].unique()}
        actuelle = pl.col("version_definition") == pl.col("indicateur").replace_strict(versions, return_dtype=pl.String)
        blocs.append(proteger(table.filter(actuelle), "public", service.parametres))
    bilan = replace(bilan, annees_bloquees=tuple(bloquees))
    if not blocs:
        return bilan, None
    cellules = pl.concat(blocs)
    series = _en_series(cellules.filter(pl.col("etat") == "publie"))
    bilan = replace(
        bilan,
        agregats=series.height,
        masques=cellules["etat"].is_in(["masque", "masque_secondaire"]).sum(),
        retenus=(cellules["etat"] == "retenu").sum(),
        fichier=espace.donnees / "publie" / f"{service.id}.csv",
    )
    return bilan, series


def _en_series(cellules: pl.DataFrame) -> pl.DataFrame:
    """Les cellules au format `serie_agregee` : `indicateur`, `indicateur.modalite`, ou `indicateur.colonne=modalite`
    quand deux colonnes se croisent et que la modalité seule ne dirait pas laquelle."""
    from observatoire.indicateurs import trouver

    croises = [n for n in cellules["indicateur"].unique() if len(trouver(n)[-1].forme.dimensions) > 1]
    croise = pl.col("indicateur").is_in(croises)
    rangs = [
        pl.when(pl.col(f"modalite_{rang}").is_not_null())
        .then(
            pl.when(croise)
            .then(pl.format(".{}={}", f"ventilation_{rang}", f"modalite_{rang}"))
            .otherwise(pl.format(".{}", f"modalite_{rang}"))
        )
        .otherwise(pl.lit(""))
        for rang in (1, 2)
    ]
    return cellules.select(
        source=pl.lit(SOURCE),
        annee=pl.col("annee").cast(pl.String),
        territoire=pl.col("territoire").fill_null(""),
        indicateur=pl.concat_str("indicateur", *rangs),
        numerateur=_nombre("numerateur"),
        denominateur=_nombre("denominateur"),
        valeur=_nombre("valeur"),
        rupture=pl.lit("non"),
    ).with_columns(rupture=_rupture(cellules))


def _rupture(cellules: pl.DataFrame) -> pl.Series:
    from observatoire.indicateurs import en_vigueur

    couples = cellules.select("indicateur", "annee").unique().rows()
    ruptures = {c for c in couples if en_vigueur(*c).valable_depuis == c[1]}
    return pl.Series(
        ["oui" if c in ruptures else "non" for c in cellules.select("indicateur", "annee").iter_rows()], dtype=pl.String
    )


def _nombre(colonne: str) -> pl.Expr:
    """Un nombre sans décimale inutile, vide s'il n'y en a pas."""
    entier = pl.col(colonne) == pl.col(colonne).round(0)
    texte = pl.when(entier).then(pl.col(colonne).round(0).cast(pl.Int64).cast(pl.String))
    return texte.otherwise(pl.col(colonne).cast(pl.String)).fill_null("")


def _completer(fichier: Path, lignes: pl.DataFrame, annees: Sequence[int]) -> None:
    """Ajoute les séries au fichier du service ; les lignes écrites à la main restent, les nôtres de ces années non.

    Celles d'une purge interrompue se refont ainsi : les données y étaient encore entières.
    """
    attendues = list(modele.table("serie_agregee").schema)
    anciennes = pl.DataFrame(schema=dict.fromkeys(attendues, pl.String))
    if fichier.is_file():
        try:
            anciennes = pl.read_csv(fichier, infer_schema=False).fill_null("")
        except (pl.exceptions.PolarsError, UnicodeDecodeError) as erreur:
            raise ErreurFichier(f"{fichier} : illisible.", "Enregistrez-le en CSV utf-8, virgules.") from erreur
        if manquantes := [c for c in attendues if c not in anciennes.columns]:
            raise ErreurFichier(
                f"{fichier} : colonnes absentes : {', '.join(manquantes)}.", f"Attendues : {','.join(attendues)}."
            )
    notres = (pl.col("source") == SOURCE) & pl.col("annee").is_in([str(a) for a in annees])
    reunies = pl.concat([anciennes.filter(~notres), lignes], how="diagonal")
    remplacer_fichier(fichier, reunies.with_columns(pl.all().replace("", None)).write_csv().encode())
