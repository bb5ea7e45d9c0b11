"""La ligne de commande `observatoire`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from observatoire import __version__
from observatoire.erreurs import ErreurFichier, ErreurObservatoire, ErreurParametre, exiger_connu
from observatoire.espace import VARIABLE_ESPACE, Espace, creer_espace
from observatoire.francais import Commande, ErreurUsage, Groupe, Interruption, message_usage

CODE_ERREUR, CODE_BLOQUE = 2, 3

ecran = Console()
erreurs = Console(stderr=True)

app = typer.Typer(
    cls=Groupe,
    help="De l'export brut au rapport d'activité publié : importer, vérifier, calculer, protéger, publier.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

OptionEspace = Annotated[
    Path | None,
    typer.Option(
        "--espace", envvar=VARIABLE_ESPACE, metavar="DOSSIER", help="Espace de travail (par défaut le dossier courant)."
    ),
]
OptionService = Annotated[str, typer.Option("--service", metavar="ID", help="Identifiant du service.")]
OptionServices = Annotated[
    list[str] | None, typer.Option("--service", metavar="ID", help="Identifiant du service ; se répète.")
]
OptionAnnees = Annotated[
    list[str] | None, typer.Option("--annee", metavar="AAAA", help="Année de fin de la période ; se répète.")
]
OptionFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="html|xlsx|ods|docx|pdf",
        help="Formats en plus de la page ; se répète, ou avec des virgules.",
    ),
]
OptionModele = Annotated[
    Path | None,
    typer.Option(
        "--modele",
        metavar="FICHIER.docx",
        help="Styles Word de l'association (data/modeles/reference.docx par défaut).",
    ),
]
OptionDiffusion = Annotated[
    str,
    typer.Option(
        "--diffusion", metavar="interne|public", help="« interne » montre tout, « public » masque les petits effectifs."
    ),
]


class Format(StrEnum):
    """Formats d'export de la table ordonnée."""

    csv = "csv"
    json = "json"
    xlsx = "xlsx"
    parquet = "parquet"


@app.callback()
def _accueil(
    version: Annotated[bool, typer.Option("--version", help="Affiche la version.", is_eager=True)] = False,
) -> None:
    if version:
        ecran.print(f"observatoire {__version__}")
        raise typer.Exit


@app.command(cls=Commande)
def init(dossier: Annotated[Path, typer.Argument(help="Dossier à créer.", metavar="DOSSIER")]) -> None:
    """Crée un espace de travail avec l'échantillon, les carnets et les suites de contrôle."""
    espace = creer_espace(dossier)
    ecran.print(f"Espace de travail créé : [bold]{escape(str(espace.racine))}[/]")
    ecran.print("Ensuite : observatoire importer data/exemple --tout, puis observatoire rendre --tout")


@app.command(cls=Commande)
def importer(
    chemin: Annotated[Path, typer.Argument(help="Fichier ou dossier d'exports.", metavar="CHEMIN")],
    service: Annotated[str | None, typer.Option("--service", metavar="ID", help="Identifiant du service.")] = None,
    tout: Annotated[
        bool, typer.Option("--tout", help="CHEMIN a un dossier par service, à son identifiant : les importe tous.")
    ] = False,
    proposer: Annotated[
        bool, typer.Option("--proposer", help="Rédige un brouillon de réglage d'après ces fichiers ; n'importe rien.")
    ] = False,
    espace: OptionEspace = None,
) -> None:
    """Lit un export, le nettoie et le range ; liste ce qui est lu, gardé, corrigé et rejeté."""
    ici = Espace.ouvrir(espace)
    if tout:
        _importer_tout(ici, chemin, service, proposer)
        return
    if service is None:
        raise ErreurParametre(
            "De quel service sont ces fichiers ?",
            "Indiquez --service ID, ou --tout pour un dossier qui a un sous-dossier par service.",
        )
    if proposer:
        _proposer(ici, chemin, service)
        return
    from observatoire.importation import importer as importer_fichiers

    bilan = importer_fichiers(ici, chemin, service)
    _imprimer_bilan(bilan, service)
    _rafraichir_portail(ici)


def _importer_tout(espace: Espace, dossier: Path, service: str | None, proposer: bool) -> None:
    """Importe chaque sous-dossier dans le service qui porte son nom, et résume chacun d'une ligne."""
    from observatoire.importation import importer as importer_fichiers

    if service is not None or proposer:
        raise ErreurParametre("--tout ne se combine ni avec --service, ni avec --proposer.")
    if not dossier.is_dir():
        raise ErreurParametre(f"« {dossier} » n'est pas un dossier.", "Avec --tout, donnez un dossier de dossiers.")
    dossiers = sorted(d for d in dossier.iterdir() if d.is_dir())
    for sous_dossier in dossiers:
        exiger_connu(sous_dossier.name, espace.services(), "Service")
    if not dossiers:
        raise ErreurParametre(f"« {dossier} » n'a aucun sous-dossier.", "Un sous-dossier par service est attendu.")
    tableau = Table(title="Imports", title_justify="left")
    for colonne in ("Service", "Lues", "Gardées", "Corrigées", "Fusionnées", "Rejetées"):
        tableau.add_column(colonne, justify="left" if colonne == "Service" else "right")
    remarques = {}
    with _progression() as suivi:
        tache = suivi.add_task("Import", total=len(dossiers))
        for sous_dossier in dossiers:
            suivi.update(tache, description=f"Import {sous_dossier.name}")
            bilan = importer_fichiers(espace, sous_dossier, sous_dossier.name)
            nombres = (bilan.lues, bilan.gardees, bilan.corrigees, bilan.fusionnees, bilan.rejetees)
            tableau.add_row(sous_dossier.name, *map(str, nombres))
            remarques.update(dict.fromkeys(bilan.remarques))
            suivi.advance(tache)
    ecran.print(tableau)
    for remarque in remarques:
        erreurs.print(f"[yellow]À savoir :[/] {escape(remarque)}", soft_wrap=True)
    ecran.print("Les lignes rejetées sont dans data/entrepot/<service>/rejets.csv, avec la raison et le remède.")
    _rafraichir_portail(espace)


def _rafraichir_portail(espace: Espace) -> None:
    """Les données viennent de bouger : le portail dit quels rapports sont périmés."""
    from observatoire.campagne.portail import rafraichir_portail

    rafraichir_portail(espace)


def _proposer(espace: Espace, chemin: Path, service: str) -> None:
    from observatoire.proposition import proposer

    proposition = proposer(espace, chemin, service)
    fichier = proposition.ecrire()
    for phrase in proposition.resume:
        ecran.print(escape(phrase), soft_wrap=True)
    for phrase in proposition.illisibles:
        erreurs.print(f"[yellow]Fichier illisible :[/] {escape(phrase)}", soft_wrap=True)
    ecran.print(escape(proposition.message), soft_wrap=True)
    print(fichier)


def _imprimer_bilan(bilan, service: str) -> None:
    tableau = Table(title=f"Import du service {service}", title_justify="left")
    for colonne in ("Fichier", "Table", "Lues", "Gardées", "Corrigées", "Fusionnées", "Rejetées"):
        texte = colonne in ("Fichier", "Table")
        tableau.add_column(colonne, justify="left" if texte else "right", overflow="fold")
    for compte in bilan.comptes.iter_rows(named=True):
        nombres = (compte[c] for c in ("lues", "gardees", "corrigees", "fusionnees", "rejetees"))
        tableau.add_row(escape(compte["fichier"]), compte["table"], *map(str, nombres))
    ecran.print(tableau)
    for ignore in bilan.ignores:
        erreurs.print(f"[yellow]Fichier ignoré :[/] {escape(ignore.fichier)}. {escape(ignore.conseil)}")
    for fichier, colonnes in bilan.colonnes_ignorees.items():
        erreurs.print(f"[yellow]Colonnes non reprises[/] de {escape(fichier)} : {escape(', '.join(colonnes))}.")
    for remarque in bilan.remarques:
        erreurs.print(f"[yellow]À savoir :[/] {escape(remarque)}", soft_wrap=True)
    ecran.print(
        f"{bilan.lues} lues = {bilan.gardees} gardées + {bilan.fusionnees} fusionnées (doublons) "
        f"+ {bilan.rejetees} rejetées ; {bilan.corrigees} corrigées."
    )
    cote = bilan.comptes["hors_tableau"].sum()
    if cote:
        ecran.print(f"{cote} ligne(s) de total ou de note mises de côté.")
    if not bilan.nouvelle:
        ecran.print("Déjà importé : rien n'a changé.")
    if bilan.rejetees:
        ecran.print("Lignes rejetées, avec la raison et le remède :")
        print(bilan.fichier_rejets)


@app.command(cls=Commande)
def livraisons(service: OptionService, espace: OptionEspace = None) -> None:
    """Liste les livraisons d'un service : ce que chaque import a apporté, et si c'est encore en service."""
    from observatoire.livraisons import livraisons as lister

    tableau = Table(title=f"Livraisons du service {service}", title_justify="left")
    for colonne in ("Livraison", "Le", "Lignes", "État", "Fichiers"):
        tableau.add_column(colonne, justify="right" if colonne == "Lignes" else "left", no_wrap=colonne == "Livraison")
    for livraison in lister(Espace.ouvrir(espace), service):
        etat = ("active" if livraison.active else "retirée") + (
            f", purgée le {livraison.purgee:%d/%m/%Y}" if livraison.purgee else ""
        )
        tableau.add_row(
            livraison.id,
            f"{livraison.date:%d/%m/%Y %H:%M}",
            str(livraison.lignes),
            etat,
            escape(", ".join(livraison.fichiers)),
        )
    ecran.print(tableau)


@app.command(cls=Commande)
def retirer(
    livraison: Annotated[str, typer.Argument(help="Identifiant, lu avec « livraisons ».", metavar="LIVRAISON")],
    service: OptionService,
    espace: OptionEspace = None,
) -> None:
    """Retire une livraison : ses données sont effacées, les tables redeviennent celles des autres."""
    from observatoire.livraisons import retirer as retirer_livraison

    ici = Espace.ouvrir(espace)
    retiree = retirer_livraison(ici, service, livraison)
    _rafraichir_portail(ici)
    ecran.print(f"Livraison {retiree.id} retirée ({retiree.lignes} lignes).")


@app.command(cls=Commande)
def purger(
    service: OptionService,
    a_la_date: Annotated[
        str | None,
        typer.Option("--a-la-date", metavar="AAAA-MM-JJ", help="Jour de référence (aujourd'hui par défaut)."),
    ] = None,
    duree: Annotated[
        int | None, typer.Option("--duree", metavar="MOIS", help="Durée de conservation (celle du service par défaut).")
    ] = None,
    confirmer: Annotated[
        bool, typer.Option("--confirmer", help="Efface vraiment ; sans elle, dit ce qui partirait.")
    ] = False,
    sans_agregats: Annotated[
        bool, typer.Option("--sans-agregats", help="Accepte de perdre les chiffres d'une année bloquée au contrôle.")
    ] = False,
    espace: OptionEspace = None,
) -> None:
    """Efface les dossiers sans contact depuis la durée de conservation ; garde leurs chiffres agrégés."""
    from datetime import date

    from observatoire.retention import purger as purger_service

    try:
        jour = date.fromisoformat(a_la_date) if a_la_date else date.today()
    except ValueError as erreur:
        raise ErreurParametre(
            f"Date « {a_la_date} » illisible.", "Écrivez AAAA-MM-JJ, par exemple 2026-01-31."
        ) from erreur
    ici = Espace.ouvrir(espace)
    bilan = purger_service(ici, service, jour, duree, simuler=not confirmer, sans_agregats=sans_agregats)
    if confirmer:
        _rafraichir_portail(ici)
    verbe = "effacés" if confirmer else "partiraient (relancez avec --confirmer pour les effacer)"
    ecran.print(
        f"Dernier contact avant le {bilan.limite:%d/%m/%Y} : {bilan.menages} ménage(s), {bilan.personnes} personne(s), "
        f"{bilan.demandes} demande(s) sans ménage {verbe}."
    )
    if bilan.ouverts:
        ecran.print(f"{bilan.ouverts} ménage(s) sans contact gardés : leur accompagnement n'a pas de fin saisie.")
    for annees, quoi in (
        (bilan.annees, "désormais lues dans leurs agrégats"),
        (bilan.annees_bloquees, "bloquées au contrôle"),
    ):
        if annees:
            ecran.print(f"Années {', '.join(map(str, annees))} : {quoi}.")
    if bilan.agregats:
        ecran.print(f"{bilan.agregats} chiffre(s) agrégé(s) conservé(s), {bilan.masques} masqué(s) par le secret.")
        if confirmer:
            print(bilan.fichier)
    if bilan.editions:
        ecran.print(f"{bilan.editions} édition(s) interne(s) : les chiffres des années purgées en sont effacés.")
    if bilan.rapports:
        ecran.print("Rapports internes déjà rendus, sans masque : à archiver ou à effacer.")
        for page in bilan.rapports:
            print(ici.rapports / page)


@app.command(cls=Commande)
def verifier(
    service: OptionServices = None,
    annee: OptionAnnees = None,
    exports: Annotated[
        Path | None,
        typer.Option(
            "--exports",
            metavar="DOSSIER",
            help="Où relire les exports importés, s'ils ne sont plus là où ils l'ont été, pour nommer les lignes.",
        ),
    ] = None,
    en_json: Annotated[bool, typer.Option("--json", help="Verdict en JSON sur la sortie standard.")] = False,
    espace: OptionEspace = None,
) -> None:
    """Rend le verdict de qualité et le classeur des corrections : code 0 publiable, 3 bloqué, 2 erreur d'usage."""
    from observatoire.qualite import verdict

    ici = Espace.ouvrir(espace)
    couples = _couples(ici, service, annee)
    sans_numero: list[str] = []
    with _progression() as suivi:
        tache = suivi.add_task("Contrôle", total=len(couples))
        verdicts = []
        for identifiant, an in couples:
            suivi.update(tache, description=f"Contrôle {identifiant} {an}")
            verdicts.append(verdict(ici, identifiant, an))
            suivi.advance(tache)
        classeurs = _ecrire_corrections(ici, couples, exports, sans_numero.append)
    if en_json:
        print(json.dumps([v.en_dict() for v in verdicts], ensure_ascii=False, indent=1))
    else:
        _imprimer_verdicts(verdicts)
        for classeur in classeurs:
            print(classeur)
        for phrase in sans_numero:
            ecran.print(escape(phrase), soft_wrap=True)
    if any(v.etat == "bloque" for v in verdicts):
        raise typer.Exit(CODE_BLOQUE)


def _ecrire_corrections(
    espace: Espace,
    couples: list[tuple[str, int]],
    exports: Path | None = None,
    prevenir: Callable[[str], object] | None = None,
) -> list[Path]:
    """Le classeur des corrections de chaque service, pour ses années demandées."""
    from observatoire.qualite.corrections import ecrire_corrections

    annees: dict[str, list[int]] = {}
    for service, annee in couples:
        annees.setdefault(service, []).append(annee)
    return [ecrire_corrections(espace, s, siennes, exports, prevenir=prevenir) for s, siennes in annees.items()]


def _imprimer_verdicts(verdicts) -> None:
    couleurs = {"publiable": "green", "partiel": "yellow", "bloque": "red"}
    libelles = {"publiable": "publiable", "partiel": "publiable en partie", "bloque": "bloqué"}
    for rendu in verdicts:
        ecran.print(f"[bold]{rendu.service} {rendu.annee}[/] : [{couleurs[rendu.etat]}]{libelles[rendu.etat]}[/]")
        for resultat in sorted((r for r in rendu.resultats if not r.reussie), key=_rang_de_gravite):
            dit = f"{escape(resultat.explication)}{_ampleur(resultat)}"
            ecran.print(f"  – {_gravite(resultat)} : {dit}", soft_wrap=True)
            ecran.print(f"    {escape(resultat.remede)} [dim]Règle {resultat.regle}[/]", soft_wrap=True)
            if resultat.derogation:
                ecran.print(f"    {escape(resultat.derogation)}", soft_wrap=True)


def _gravite(resultat) -> str:
    """Ce que l'échec empêche, en toutes lettres."""
    if resultat.derogation:
        return "admis par dérogation"
    if resultat.bloquante:
        return "[red]bloque le rapport[/]"
    return {"critical": "[yellow]retient des chiffres[/]", "warning": "à vérifier"}.get(resultat.severite, "à savoir")


def _rang_de_gravite(resultat) -> tuple[bool, bool, bool]:
    """Ce qui bloque d'abord, puis ce qui retient, puis les alertes et ce qui est admis."""
    return bool(resultat.derogation), not resultat.bloquante, resultat.severite != "critical"


def _ampleur(resultat) -> str:
    """« (3 lignes sur 40) » ; rien pour une règle qui juge un ensemble et non ses lignes."""
    if resultat.niveau != "ligne":
        return ""
    return f" ({resultat.echecs} ligne{'s' if resultat.echecs > 1 else ''} sur {resultat.lignes})"


@app.command(cls=Commande)
def indicateurs(
    service: OptionService,
    annee: Annotated[str, typer.Option("--annee", metavar="AAAA", help="Année de fin de la période.")],
    indicateur: Annotated[
        list[str] | None, typer.Option("--indicateur", metavar="NOM", help="Nom du catalogue ; se répète.")
    ] = None,
    ventilation: Annotated[
        list[str] | None,
        typer.Option("--ventilation", metavar="COLONNE", help="Ventilation ; se répète, deux au plus."),
    ] = None,
    diffusion: OptionDiffusion = "interne",
    format_: Annotated[
        str, typer.Option("--format", metavar="csv|json|xlsx|parquet", help="Format de la table.")
    ] = "csv",
    sortie: Annotated[
        Path | None, typer.Option("--sortie", metavar="FICHIER", help="Fichier à écrire (sinon sortie standard).")
    ] = None,
    libelles: Annotated[bool, typer.Option("--libelles", help="Modalités en français plutôt qu'en codes.")] = False,
    espace: OptionEspace = None,
) -> None:
    """Calcule la table ordonnée d'un service et d'une année, passée par le secret et le contrôle qualité."""
    from observatoire.indicateurs import calculer, table_contrat
    from observatoire.protection import DIFFUSIONS, proteger
    from observatoire.qualite import verdict
    from observatoire.services import exiger_annee, lire_service

    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    exiger_connu(format_, list(Format), "Format")
    ici, an = Espace.ouvrir(espace), exiger_annee(annee)
    fiche = lire_service(ici, service)
    if Format(format_) in (Format.xlsx, Format.parquet) and sortie is None:
        raise ErreurParametre(f"Le format {format_} ne s'écrit pas à l'écran.", "Indiquez un fichier avec --sortie.")
    juge = verdict(ici, service, an)
    table = calculer(ici, service, an, indicateur or None, tuple(ventilation or ()), verdict=juge)
    protegee = table_contrat(proteger(table, diffusion, fiche.parametres), libelles=libelles)
    if juge.bloquants:
        erreurs.print(f"[yellow]Attention :[/] données bloquées au contrôle, {escape(juge.bloquants[0].explication)}")
    _ecrire_table(protegee, Format(format_), sortie)


def _ecrire_table(table, format_: Format, sortie: Path | None) -> None:
    from observatoire.entrepot import sans_formules

    texte = {Format.csv: sans_formules(table).write_csv, Format.json: table.write_json}.get(format_)
    if sortie is None:
        sys.stdout.write(texte())
        if format_ is Format.json:
            sys.stdout.write("\n")
        return
    try:
        if texte:
            sortie.write_text(texte(), encoding="utf-8")
        elif format_ is Format.xlsx:
            _ecrire_classeur(table, sortie)
        else:
            table.write_parquet(sortie)
    except OSError as erreur:
        raise ErreurFichier(
            f"Impossible d'écrire « {sortie} » : {erreur.strerror or erreur}.", "Vérifiez le dossier et les droits."
        ) from erreur
    erreurs.print(f"Table écrite : {escape(str(sortie))} ({table.height} lignes)")


def _ecrire_classeur(table, sortie: Path) -> None:
    """Un classeur où tout texte reste un texte : ni formule, ni lien."""
    import xlsxwriter

    with xlsxwriter.Workbook(sortie, {"strings_to_formulas": False, "strings_to_urls": False}) as classeur:
        table.write_excel(classeur, worksheet="Indicateurs", autofit=True)


@app.command(cls=Commande)
def rendre(
    service: OptionServices = None,
    annee: OptionAnnees = None,
    tout: Annotated[
        bool, typer.Option("--tout", help="Tous les services, les années reçues, puis cahiers, plans et synthèses.")
    ] = False,
    diffusion: OptionDiffusion = "interne",
    formats: OptionFormats = None,
    modele: OptionModele = None,
    travailleurs: Annotated[int, typer.Option("--travailleurs", metavar="N", help="Carnets exécutés à la fois.")] = 2,
    espace: OptionEspace = None,
) -> None:
    """Exécute les carnets et publie les rapports et le portail dans reports/."""
    from observatoire.campagne.documents import pages_qualite
    from observatoire.campagne.formats import PAR_DEFAUT, lire_formats
    from observatoire.protection import DIFFUSIONS

    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    if not tout and not service:
        raise ErreurParametre("Rien à rendre.", "Indiquez --service, ou --tout pour tous les services.")
    if travailleurs < 1:
        raise ErreurParametre(f"--travailleurs {travailleurs} : il en faut au moins un.")
    voulus = lire_formats(formats or PAR_DEFAUT)
    ici = Espace.ouvrir(espace)
    couples = _couples(ici, service, annee)
    documents = _documents(ici, annee, diffusion) if tout and not service else []
    documents += pages_qualite(ici, couples, diffusion)
    if diffusion == "interne":  # la page de qualité renvoie au classeur de son service
        _ecrire_corrections(ici, couples)
    _publier(ici, couples, documents, diffusion, travailleurs, voulus, modele)


def _documents(espace: Espace, annee: list[str] | None, diffusion: str) -> list:
    """Cahiers, plans et synthèses que les données permettent, aux années demandées."""
    from observatoire.campagne.documents import documents_de
    from observatoire.services import exiger_annee

    return documents_de(espace, sorted({exiger_annee(a) for a in annee}) if annee else None, diffusion)


def _publier(
    espace: Espace,
    couples: list,
    documents: list,
    diffusion: str,
    travailleurs: int,
    formats: tuple[str, ...],
    modele: Path | None = None,
) -> None:
    """Rend rapports et documents, résume ce qu'il en est advenu et finit par le chemin du portail."""
    from observatoire.campagne.executer import rendre as rendre_rapports
    from observatoire.campagne.portail import denombrer
    from observatoire.restitution.locale import enumeration

    with _progression() as suivi:
        tache = suivi.add_task("Rapports", total=len(couples) + len(documents))
        resultats = rendre_rapports(
            espace,
            couples,
            diffusion=diffusion,
            travailleurs=travailleurs,
            suivi=lambda libelle: suivi.update(tache, advance=1, description=libelle),
            documents=documents,
            formats=formats,
            modele=modele,
        )
    echecs = [r for r in resultats if r.etat == "erreur"]
    bloques = [r for r in resultats if r.etat == "bloque"]
    for resultat in [*bloques, *echecs]:
        erreurs.print(f"[red]{escape(resultat.service)} {resultat.annee} :[/] {escape(resultat.message)}")
    for resultat in resultats:
        if resultat.message and resultat not in (*bloques, *echecs):
            ecran.print(f"{escape(resultat.service)} {resultat.annee} : {escape(resultat.message)}", soft_wrap=True)
    faits = denombrer(r.fiche for r in resultats if r.fiche and r not in (*bloques, *echecs))
    ecran.print(
        f"Rendus : {enumeration(faits) or 'rien'} ; {len(bloques)} bloqué(s), {len(echecs)} en erreur.", soft_wrap=True
    )
    # Écrit sans mise en forme : un chemin coupé par la largeur du terminal ne se recopie pas.
    print(espace.rapports / "index.html")
    if echecs:
        raise typer.Exit(CODE_ERREUR)
    if bloques:
        raise typer.Exit(CODE_BLOQUE)


@app.command(cls=Commande)
def portail(espace: OptionEspace = None) -> None:
    """Récrit le portail sans rien rendre : il dit quels rapports sont périmés, bloqués ou en erreur."""
    from observatoire.campagne.portail import rafraichir_portail

    ici = Espace.ouvrir(espace)
    if not rafraichir_portail(ici):
        raise ErreurParametre(
            "Aucun rapport n'a encore été rendu dans cet espace.",
            "Rendez-en un : « observatoire rendre --service ID ».",
        )
    print(ici.rapports / "index.html")


@app.command(cls=Commande)
def cahier(
    region: Annotated[str, typer.Option("--region", metavar="CODE", help="Code Insee de la région.")],
    annee: Annotated[str, typer.Option("--annee", metavar="AAAA", help="Année du cahier.")],
    theme: Annotated[
        str, typer.Option("--theme", metavar="NOM", help="Thème du cahier (le premier de son réglage par défaut).")
    ] = "",
    formats: OptionFormats = None,
    reprendre: Annotated[
        Path | None,
        typer.Option(
            "--reprendre",
            metavar="FICHIER.docx",
            help="Cahier rempli par la fédération : ses commentaires sont gardés.",
        ),
    ] = None,
    modele: OptionModele = None,
    diffusion: OptionDiffusion = "interne",
    espace: OptionEspace = None,
) -> None:
    """Rend le cahier d'une région : ses services, les chiffres reçus des associations, ses fiches-actions."""
    from observatoire.cahiers.documents import document_cahier
    from observatoire.campagne.formats import DOCX, PAR_DEFAUT, lire_formats
    from observatoire.protection import DIFFUSIONS
    from observatoire.services import exiger_annee

    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    ici = Espace.ouvrir(espace)
    document = document_cahier(ici, region, exiger_annee(annee), theme, diffusion)
    if reprendre is not None:
        from observatoire.campagne.formats import reprendre_sur_place
        from observatoire.documents_word import Identite, conserver

        deja = ici.dossier_rapports(diffusion, document.annee) / f"{document.nom}.docx"
        messages = reprendre_sur_place(ici, deja, document.identite)
        messages += conserver(ici, reprendre, Identite(document.nom, document.annee, document.diffusion))[1]
        deja.unlink(missing_ok=True)  # son texte est gardé : il ne doit pas repasser devant celui que l'on reprend
        for message in messages:
            erreurs.print(f"[yellow]À savoir :[/] {escape(message)}", soft_wrap=True)
    _publier(ici, [], [document], diffusion, 1, lire_formats(formats or (*PAR_DEFAUT, DOCX)), modele)


@app.command(cls=Commande)
def explorer(
    service: OptionServices = None,
    annee: OptionAnnees = None,
    indicateur: Annotated[
        str | None, typer.Option("--indicateur", metavar="NOM", help="Nom du catalogue : la vue de départ.")
    ] = None,
    ventilation: Annotated[
        list[str] | None,
        typer.Option("--ventilation", metavar="COLONNE", help="Ventilation ; se répète, deux au plus."),
    ] = None,
    filtre: Annotated[
        list[str] | None, typer.Option("--filtre", metavar="COLONNE=MODALITE", help="Ce qui est gardé ; se répète.")
    ] = None,
    territoire: Annotated[
        str | None, typer.Option("--territoire", metavar="NOM", help="Un territoire du service.")
    ] = None,
    comparaison: Annotated[
        str | None,
        typer.Option(
            "--comparaison",
            metavar="aucune|annee_precedente|annees|service|territoire|objectif",
            help="À quoi la vue se compare.",
        ),
    ] = None,
    diffusion: Annotated[
        str | None, typer.Option("--diffusion", metavar="interne|public", help="Ce que la vue de départ montre.")
    ] = None,
    sans_navigateur: Annotated[
        bool, typer.Option("--sans-navigateur", help="Donne l'adresse sans ouvrir de page.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", help="Port local (le premier libre depuis 8888, sinon).")
    ] = None,
    espace: OptionEspace = None,
) -> None:
    """Ouvre le carnet d'exploration dans JupyterLab, sur cette machine seulement ; Ctrl+C l'arrête."""
    from observatoire.exploration.ouvrir import ouvrir

    demande = {
        "services": service,
        "annees": annee,
        "indicateur": indicateur,
        "ventilations": ventilation,
        "filtres": filtre,
        "territoire": territoire,
        "comparaison": comparaison,
        "diffusion": diffusion,
    }
    ouvrir(
        Espace.ouvrir(espace),
        demande,
        navigateur=not sans_navigateur,
        port=port,
        dire=lambda phrase: ecran.print(escape(phrase), soft_wrap=True, highlight=False),
    )


@app.command(cls=Commande)
def modele(
    fichier: Annotated[Path, typer.Argument(help="Où écrire le modèle, .docx.", metavar="FICHIER.docx")],
) -> None:
    """Écrit le modèle Word de la maison : changez-en les styles, rangez-le dans data/modeles/reference.docx."""
    from observatoire.documents_word import ecrire_modele

    if fichier.exists():
        raise ErreurFichier(f"« {fichier} » existe déjà.", "Donnez un autre nom, ou déplacez ce fichier.")
    ecrire_modele(fichier)
    print(fichier)


@app.command(cls=Commande)
def commentaires(
    service: OptionServices = None,
    annee: OptionAnnees = None,
    brouillon: Annotated[
        bool, typer.Option("--brouillon", help="Range le texte de l'an passé dans les sections de l'année, à relire.")
    ] = False,
    en_json: Annotated[bool, typer.Option("--json", help="Remarques en JSON sur la sortie standard.")] = False,
    espace: OptionEspace = None,
) -> None:
    """Relit les commentaires contre les tableaux ; code 3 si un chiffre tapé à la main en contredit un."""
    from observatoire.commentaires import bilan_commentaires

    ici = Espace.ouvrir(espace)
    if brouillon:
        _ecrire_brouillons(ici, service, annee)
        return
    bilans, fautes = [], []
    for identifiant, an in _couples(ici, service, annee):
        try:
            bilans.append(bilan_commentaires(ici, identifiant, an))
        except ErreurObservatoire as erreur:  # un commentaire mal écrit n'empêche pas de relire les autres
            fautes.append(erreur)
    if en_json:
        print(json.dumps([b.en_dict() for b in bilans], ensure_ascii=False, indent=1))
    else:
        for ligne in (ligne for b in bilans for ligne in b.en_texte()):
            ecran.print(escape(ligne), soft_wrap=True)
    for erreur in (une for e in fautes for une in getattr(e, "erreurs", (e,))):
        erreurs.print(f"[red]Erreur :[/] {escape(erreur.message)} {escape(erreur.remede)}", soft_wrap=True)
    if fautes:
        raise typer.Exit(CODE_ERREUR)
    if code := max((b.code_sortie for b in bilans), default=0):
        raise typer.Exit(code)


def _ecrire_brouillons(espace: Espace, service: list[str] | None, annee: list[str] | None) -> None:
    from observatoire.commentaires import ecrire_brouillon, sans_donnees

    if not service or not annee:
        raise ErreurParametre("De quel commentaire faire le brouillon ?", "Indiquez --service ID et --annee AAAA.")
    for identifiant, an in _couples(espace, service, annee):
        nom, source = ecrire_brouillon(espace, identifiant, an)
        ecran.print(f"Brouillon tiré de {escape(source)} :" if source else "Brouillon neuf, aucun texte d'avant :")
        if sans_donnees(espace, identifiant, an):
            ecran.print(f"{an} n'a pas encore de données : les chiffres injectés se vérifieront à leur arrivée.")
        print(espace.racine / nom)


@app.command(cls=Commande)
def controler(
    fichier: Annotated[Path, typer.Argument(help="CSV des chiffres imprimés d'un rapport.", metavar="FICHIER.csv")],
    relations: Annotated[
        Path | None,
        typer.Option("--relations", metavar="FICHIER.toml", help="Relations que les chiffres doivent vérifier."),
    ] = None,
    en_json: Annotated[bool, typer.Option("--json", help="Constats en JSON sur la sortie standard.")] = False,
) -> None:
    """Contrôle les chiffres imprimés d'un rapport : totaux, pourcentages, contradictions ; code 3 s'il y en a."""
    from observatoire.controle_imprime import controler as controler_fichier

    bilan = controler_fichier(fichier, relations)
    if en_json:
        print(json.dumps(bilan.en_dict(), ensure_ascii=False, indent=1))
    else:
        for ligne in bilan.en_texte():
            ecran.print(escape(ligne), soft_wrap=True)
    if bilan.code_sortie:
        raise typer.Exit(bilan.code_sortie)


@app.command(cls=Commande)
def services(espace: OptionEspace = None) -> None:
    """Liste les services déclarés et ce que l'entrepôt en a reçu."""
    from observatoire.campagne.annees import annees_recues
    from observatoire.services import lire_service

    ici = Espace.ouvrir(espace)
    tableau = Table()
    for colonne in ("Service", "Libellé", "Type", "Unité", "Années"):
        tableau.add_column(colonne, no_wrap=colonne in ("Service", "Années"), overflow="fold")
    for identifiant in ici.services():
        fiche = lire_service(ici, identifiant)
        recues = _annees(annees_recues(ici, fiche))
        tableau.add_row(identifiant, escape(fiche.libelle), fiche.type_service, fiche.parametres.unite_compte, recues)
    ecran.print(tableau)


def _annees(annees: list[int]) -> str:
    """« 2020–2022 » pour des années qui se suivent, leur liste sinon, « – » s'il n'y en a pas."""
    if len(annees) > 2 and annees == list(range(annees[0], annees[-1] + 1)):
        return f"{annees[0]}–{annees[-1]}"
    return ", ".join(map(str, annees)) or "–"


@app.command(cls=Commande)
def catalogue(
    cherche: Annotated[str, typer.Option("--cherche", metavar="MOT", help="Ne garde que ce qui contient ce mot.")] = "",
    en_json: Annotated[bool, typer.Option("--json", help="Catalogue complet en JSON.")] = False,
) -> None:
    """Liste les indicateurs : nom, libellé, unité, population."""
    from observatoire.documentation_indicateurs import definitions

    retenues = [d for d in definitions() if cherche.lower() in f"{d.nom} {d.libelle} {d.description}".lower()]
    if en_json:
        print(json.dumps([d.__dict__ for d in retenues], ensure_ascii=False, indent=1))
        return
    tableau = Table()
    for colonne in ("Indicateur", "Libellé", "Unité", "Famille", "Version"):
        tableau.add_column(colonne, no_wrap=colonne == "Indicateur")
    for d in retenues:
        tableau.add_row(d.nom, d.libelle, d.unite, d.famille, d.version)
    ecran.print(tableau)


@app.command(cls=Commande)
def glossaire(
    nom: Annotated[str | None, typer.Argument(metavar="[INDICATEUR]", help="Un seul indicateur.")] = None,
    sortie: Annotated[
        Path | None, typer.Option("--sortie", metavar="FICHIER", help="Écrit le glossaire complet en Markdown.")
    ] = None,
) -> None:
    """Imprime les définitions : ce qui est compté, sur quelle base, d'après quelle source."""
    from observatoire.documentation_indicateurs import glossaire as ecrire
    from observatoire.indicateurs import trouver

    if nom is not None:
        trouver(nom)
    texte = ecrire([nom] if nom else None)
    if sortie is None:
        print(texte, end="")
        return
    try:
        sortie.write_text(texte, encoding="utf-8")
    except OSError as erreur:
        raise ErreurFichier(f"Impossible d'écrire « {sortie} » : {erreur.strerror or erreur}.") from erreur
    ecran.print(f"Glossaire écrit : {escape(str(sortie))}")


def _couples(espace: Espace, service: list[str] | None, annee: list[str] | None) -> list[tuple[str, int]]:
    """Les (service, année) demandés ; sans année, celles que l'entrepôt a reçues."""
    from observatoire.campagne.annees import annees_recues
    from observatoire.services import exiger_annee, lire_service

    demandees = sorted({exiger_annee(a) for a in annee or ()})
    couples = []
    for identifiant in dict.fromkeys(service or espace.services()):
        fiche = lire_service(espace, identifiant)
        # Sans --service, un service déclaré dont rien n'est arrivé ne se rend pas.
        recues = annees_recues(espace, fiche)
        annees = recues if not demandees else demandees if service else [a for a in demandees if a in recues]
        couples += [(identifiant, an) for an in annees]
    if not couples:
        raise ErreurParametre(
            "Aucune donnée reçue pour ce qui est demandé.",
            "Commencez par « observatoire importer CHEMIN --service ID ».",
        )
    return couples


def _progression() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=erreurs,
        transient=True,
    )


def principal(arguments: list[str] | None = None) -> None:
    """Point d'entrée : traduit les erreurs prévues en une phrase française et un code de sortie."""
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="observatoire")
    except ErreurObservatoire as erreur:
        erreurs.print(f"[red]Erreur :[/] {escape(erreur.message)}", soft_wrap=True)
        if erreur.remede:
            erreurs.print(escape(erreur.remede), soft_wrap=True)
        code = CODE_ERREUR
    except ErreurUsage as erreur:
        # Sans argument, l'aide est déjà imprimée : il ne reste rien à dire.
        if texte := message_usage(erreur):
            erreurs.print(f"[red]Erreur :[/] {escape(texte)}", soft_wrap=True)
            erreurs.print("Aide : observatoire --help")
        code = CODE_ERREUR
    except (Interruption, KeyboardInterrupt):
        erreurs.print("Interrompu.")
        code = 130
    except BrokenPipeError:
        # Le lecteur (head, less) a fermé le tube : rien à dire.
        sys.stderr.close()
        code = 0
    raise SystemExit(code or 0)


if __name__ == "__main__":
    principal()
