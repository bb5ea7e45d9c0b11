"""Les morceaux de la page de qualité : fiches de correction, carte de remplissage, fiche de score, livraisons.

Rien n'y lit une ligne de données : des règles, des comptes et des textes de suites. En diffusion publique, un compte
plus petit que le seuil du service ne s'écrit pas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from observatoire.campagne.qualite import Correction, DonneesQualite, Etape, Portee, Remplissage, Taux
from observatoire.indicateurs.calcul import BASE_MINIMALE_EVOLUTION
from observatoire.modele import TABLES
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.qualite.consignes import TABLES_EN_CLAIR
from observatoire.qualite.derives import FAITS, DeriveAnnees, EcartEffectif
from observatoire.qualite.derives import libelle_colonne as debut_description
from observatoire.qualite.historique import ALERTES, CRITIQUES, DEROGES, INFORMATIONS, REUSSIS, STRUCTURELS, Passage
from observatoire.restitution import locale
from observatoire.restitution.listes import defilant, tableau_a_lire
from observatoire.restitution.locale import INSECABLE, typographie

NOMS_CITES = 4  # chiffres nommés en toutes lettres ; les autres se comptent
ETAPES_MONTREES = 12
GRAVITES = {"critical": "Critique", "warning": "Avertissement", "info": "Information"}
PASTILLES = {"publiable": ("publie", "publiable"), "partiel": ("partiel", "partiel"), "bloque": ("bloque", "bloqué")}
# Colonnes dont la description ne commence pas par leur nom, ou parle pour plusieurs tables.
_COLONNES = {
    "mesure.motif_fin": "Motif de fin de la mesure",
    "sejour.motif_fin": "Motif de sortie du séjour",
    "sejour.id_place": "Logement ou chambre",
    "indisponibilite.motif": "Motif de l'indisponibilité",
}
# Part renseignée à partir de laquelle s'applique chaque teinte : plus il manque, plus la case se détache du fond.
_TEINTES = ((95, "95 % et plus"), (80, "80 à 94 %"), (50, "50 à 79 %"), (20, "20 à 49 %"), (0, "moins de 20 %"))
_MARQUES = {
    "retenu": ("■", "trop peu : retient des chiffres"),
    "faible": ("▲", "à compléter : base réduite"),
    "admis": ("◇", "admis par dérogation"),
}
_VIDES = {
    "sans_objet": ("sans objet", "aucune ligne à remplir cette année-là"),
    "non_recu": ("non reçu", "le service ne fournit pas la colonne"),
    "masque": ("masqué", "trop peu de lignes pour être publié"),
}
# Part d'une barre : compte de l'historique, classe, légende, titre de colonne.
_BARRES = (
    (STRUCTURELS, "bloquants", "Bloquent le rapport", "Bloquants"),
    (CRITIQUES, "retenus", "Retiennent des chiffres", "Critiques"),
    (ALERTES, "avertis", "Avertissent", "Avertissements"),
)
_ECHECS = {
    STRUCTURELS: ("bloquant", "bloquants"),
    CRITIQUES: ("critique", "critiques"),
    ALERTES: ("avertissement", "avertissements"),
    INFORMATIONS: ("information", "informations"),
    DEROGES: ("admis", "admis"),
}
QUE_FAIRE = Markup(
    '<h3 class="partie">Que faire</h3><ol class="etapes">'
    "<li>Corrigez l'export ou les fiches dans le logiciel, comme l'indique le remède.</li>"
    "<li>Importez de nouveau le fichier corrigé.</li>"
    "<li>Relancez le rapport\u00a0: il se publie dès que plus rien ne bloque.</li></ol>"
)


@dataclass(frozen=True)
class Secret:
    """Ce qui peut s'écrire : tout en interne, rien sous le seuil du service en public."""

    seuil: int

    @classmethod
    def de(cls, donnees: DonneesQualite) -> Secret:
        return cls(1 if donnees.diffusion == "interne" else donnees.service.parametres.seuil_diffusion)

    def tait(self, lignes: int, echecs: int) -> bool:
        """Vrai si ces comptes, ou leur différence, disent un effectif plus petit que le seuil."""
        return any(0 < n < self.seuil for n in (lignes, echecs, lignes - echecs))


# --- Mots -----------------------------------------------------------------------------------------------


def libelle_colonne(nom: str) -> str:
    """Le nom d'une « table.colonne » tel qu'on le lit : le début de sa description au dictionnaire."""
    return _COLONNES.get(nom) or debut_description(nom.partition(".")[2])


def nom_table(table: str) -> str:
    """Le nom d'une table en tête de ligne : « Fiches de situation »."""
    return locale.majuscule(TABLES_EN_CLAIR[table])


def ou(resultat: ResultatRegle) -> str:
    """Où corriger : « Fiches de situation · Ressources mensuelles » ; la table seule si la règle porte sur sa clé.

    Quand ce qui manque est une ligne d'une autre table, c'est elle qui est nommée.
    """
    tables = [c.partition(".")[0] for c in resultat.colonnes]
    table = resultat.table if resultat.table in tables or not tables else tables[0]
    siennes = [c for c in resultat.colonnes if c.startswith(f"{table}.") and not c.startswith(f"{table}.id_")]
    premier, *autres = [libelle_colonne(c) for c in siennes] or [""]
    suite = "".join(f", {locale.minuscule(a)}" for a in autres)
    return f"{nom_table(table)} · {premier}{suite}" if premier else nom_table(table)


def compter(nombre: int, un: str, plusieurs: str) -> str:
    """« un chiffre », « 3 chiffres »."""
    return f"un {un}" if nombre == 1 else f"{locale.nombre(nombre)} {locale.pluriel(nombre, un, plusieurs)}"


def reussis(juge: Verdict) -> int:
    """Le nombre de contrôles réussis d'un verdict."""
    return sum(r.reussie for r in juge.resultats)


def noms(vises: Portee) -> str:
    """Les premiers chiffres par leur nom, les autres par leur nombre ; dit ceux dont seul le détail est touché."""
    textes = [locale.minuscule(c.libelle) for c in vises.entiers]
    textes += [f"{locale.minuscule(c.libelle)} (détail seulement)" for c in vises.details]
    if len(textes) > NOMS_CITES + 1:
        textes = [*textes[:NOMS_CITES], f"{len(textes) - NOMS_CITES} autres"]
    return typographie(locale.enumeration(textes))


# --- Tuiles ---------------------------------------------------------------------------------------------


def tuiles(donnees: DonneesQualite) -> Markup:
    """Quatre nombres : contrôles réussis, chiffres publiables, avertissements, échecs admis."""
    juge, comptes = donnees.verdict, donnees.comptes[donnees.annee]
    avertis, admis = comptes[ALERTES], len(donnees.verdict.derogees)
    return Markup('<ul class="tuiles par-4">{}{}{}{}</ul>').format(
        _tuile(reussis(juge), f"sur {len(juge.resultats)}", "Contrôles réussis", _tendance(donnees)),
        _tuile(len(donnees.publiables), f"sur {len(donnees.chiffres)}", "Chiffres publiables", _manques(donnees)),
        _tuile(avertis, "", locale.pluriel(avertis, "Avertissement", "Avertissements"), _prudence(donnees)),
        _tuile(admis, "", locale.pluriel(admis, "Échec admis", "Échecs admis"), "Par dérogation"),
    )


def _prudence(donnees: DonneesQualite) -> str:
    if donnees.bloque:
        return "À lire une fois le rapport débloqué"
    touches = {c.nom for correction in donnees.corrections for c in correction.eclaires.tous}
    return f"{locale.majuscule(compter(len(touches), 'chiffre', 'chiffres'))} à lire avec prudence"


def _tuile(valeur: int, unite: str, quoi: str, suite: str) -> Markup:
    return Markup(
        '<li class="tuile"><span class="valeur">{}<span class="unite">{}</span></span><span class="quoi">{}</span>'
        '<span class="tendance">{}</span></li>'
    ).format(locale.nombre(valeur), f"{INSECABLE}{unite}" if unite else "", quoi, suite)


def _tendance(donnees: DonneesQualite) -> str:
    avant = donnees.verdicts.get(donnees.annee - 1)
    if avant is None:
        return f"Pas de verdict pour {donnees.annee - 1}"
    echecs, alors = (len(v.resultats) - reussis(v) for v in (donnees.verdict, avant))
    if echecs == alors:
        return f"Autant d'échecs qu'en {avant.annee}"
    return f"{locale.majuscule(compter(echecs, 'échec', 'échecs'))}, contre {alors} en {avant.annee}"


def _manques(donnees: DonneesQualite) -> str:
    if donnees.bloque:
        return "Tant que rien n'est corrigé"
    nombre, absents = len(donnees.retenus.tous), sum(not c.recu for c in donnees.chiffres)
    morceaux = [f"{nombre} {locale.pluriel(nombre, 'retenu', 'retenus')}"] if nombre else []
    morceaux += [f"{absents} sans données reçues"] if absents else []
    return locale.majuscule(locale.enumeration(morceaux)) or "Aucun n'est retenu"


# --- Corrections ----------------------------------------------------------------------------------------


def cartes(corrections: Iterable[Correction], secret: Secret) -> Markup:
    """Les corrections en liste numérotée : gravité, où, combien, ce qui ne va pas, l'effet, le remède."""
    liste = tuple(corrections)
    seule = sum(c.bloque_tout for c in liste) == 1
    return Markup('<ol class="corrections">{}</ol>').format(Markup("").join(_carte(c, secret, seule) for c in liste))


def _carte(correction: Correction, secret: Secret, seule: bool) -> Markup:
    r, ampleur = correction.resultat, _ampleur(correction.resultat, secret)
    return Markup(
        '<li class="correction"><p class="ligne"><span class="gravite {}">{}</span><span>{}</span>{}</p><h3>{}</h3>'
        '<p class="effet">{}</p><p class="remede"><b>Remède{}:</b> {}</p></li>'
    ).format(
        r.severite,
        "Bloque tout" if correction.bloque_tout else GRAVITES[r.severite],
        ou(r),
        Markup("<span>{}</span>").format(ampleur) if ampleur else "",
        typographie(r.explication),
        _effet(correction, seule),
        INSECABLE,
        typographie(r.remede),
    )


def _ampleur(resultat: ResultatRegle, secret: Secret) -> str:
    """« 14 lignes sur 50 » ; rien pour une règle qui juge la table entière."""
    if resultat.niveau == "ensemble" or resultat.famille == "reception" or not resultat.echecs:
        return ""
    if secret.tait(resultat.lignes, resultat.echecs):
        return "effectif masqué"
    lignes = locale.pluriel(resultat.echecs, "ligne", "lignes")
    return f"{locale.nombre(resultat.echecs)} {lignes} sur {locale.nombre(resultat.lignes)}"


def _effet(correction: Correction, seule: bool) -> Markup:
    """Ce que la correction change pour le rapport ; `seule` : rien d'autre ne le bloque."""
    if correction.bloque_tout:
        entier = compter(len(correction.debloques.entiers), "chiffre", "chiffres")
        suite = "" if seule else ", une fois corrigé aussi ce qui le bloque par ailleurs"
        return Markup("Débloque le rapport entier ({}){}.").format(entier, suite)
    if correction.debloques.tous:
        texte = Markup('Débloque {}{}: <span class="noms">{}.</span>').format(
            compter(len(correction.debloques.tous), "chiffre", "chiffres"), INSECABLE, noms(correction.debloques)
        )
        if n := len(correction.attendent):
            sujet = locale.pluriel(n, "L'un d'eux attend", f"{locale.nombre(n)} d'entre eux attendent")
            texte += Markup(' <span class="noms">{} aussi une autre correction.</span>').format(sujet)
        return texte
    if correction.eclaires.tous:
        return Markup('À lire avec prudence en attendant{}: <span class="noms">{}.</span>').format(
            INSECABLE, noms(correction.eclaires)
        )
    return Markup('<span class="noms">Aucun chiffre de ce rapport n\'en dépend.</span>')


def retenues(corrections: Sequence[Correction]) -> Markup:
    """Ce qui est retenu, cause par cause ; rien si aucun chiffre ne l'est."""
    causes = [c for c in corrections if c.debloques.tous]
    if not causes:
        return Markup("")
    items = Markup("").join(
        Markup('<li><p>{}</p><p class="chiffres">Retenu{}: {}.</p></li>').format(
            typographie(c.resultat.explication), INSECABLE, noms(c.debloques)
        )
        for c in causes
    )
    return Markup('<h3 class="partie">Ce qui est retenu, et pourquoi</h3><ul class="retenues">{}</ul>').format(items)


# --- Année par année ------------------------------------------------------------------------------------


def fiche_de_score(donnees: DonneesQualite) -> Markup:
    """Une ligne par année jugée, la plus récente d'abord."""
    lignes = Markup("").join(_annee(donnees, a) for a in sorted(donnees.verdicts, reverse=True))
    titres = ("Année", "État", "Contrôles réussis", "Chiffres retenus", "Avertissements", "Échecs admis")
    return tableau_a_lire("controles annees", "Les années jugées, la plus récente d'abord", titres, lignes)


def _annee(donnees: DonneesQualite, annee: int) -> Markup:
    juge = donnees.verdicts[annee]
    courante = annee == donnees.annee
    return Markup(
        '<tr{}><th scope="row">{}{}</th>'
        '<td class="texte" data-colonne="État"><span class="pastille {}">{}</span></td>'
        '<td data-colonne="Contrôles réussis">{} sur {}</td><td data-colonne="Chiffres retenus">{} sur {}</td>'
        '<td data-colonne="Avertissements">{}</td><td data-colonne="Échecs admis">{}</td></tr>'
    ).format(
        Markup(' class="courante"') if courante else "",
        annee,
        Markup('<span class="lu"> (cette page)</span>') if courante else "",
        *PASTILLES[donnees.etat_en(annee)],
        reussis(juge),
        len(juge.resultats),
        len(donnees.retenus_en(annee).tous),
        len(donnees.chiffres),
        donnees.comptes[annee][ALERTES],
        len(juge.derogees),
    )


# --- Remplissage ----------------------------------------------------------------------------------------


def carte_de_remplissage(donnees: DonneesQualite, secret: Secret) -> Markup:
    """Une ligne par colonne, une case par année : un nombre, une teinte, et un signe s'il en manque trop."""
    annees, lignes = list(donnees.verdicts), donnees.remplissages
    interne = donnees.diffusion == "interne"
    entetes = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="courante"') if a == donnees.annee else "", a)
        for a in annees
    )
    if interne:
        entetes += Markup('<th scope="col" class="nb">Lignes<span class="lu"> en {}</span></th>').format(donnees.annee)
    groupes = Markup("")
    for table in dict.fromkeys(x.table for x in lignes):
        rangees = (_rangee(x, annees, donnees.annee if interne else None, secret) for x in lignes if x.table == table)
        groupes += Markup('<tbody><tr><th scope="rowgroup" colspan="{}">{}</th></tr>{}</tbody>').format(
            len(annees) + 1 + interne, nom_table(table), Markup("").join(rangees)
        )
    tableau = Markup(
        '<table class="chaleur"><caption>Part des lignes où la colonne est renseignée, en{}%</caption>'
        '<thead><tr><th scope="col">Colonne</th>{}</tr></thead>{}</table>'
    ).format(INSECABLE, entetes, groupes)
    return _legende(lignes, secret) + defilant("Part des lignes renseignées, colonne par colonne", tableau)


def _rangee(ligne: Remplissage, annees: Sequence[int], comptee: int | None, secret: Secret) -> Markup:
    return Markup('<tr><th scope="row">{}{}</th>{}{}</tr>').format(
        libelle_colonne(f"{ligne.table}.{ligne.colonne}"),
        Markup('<span class="parmi">{}</span>').format(typographie(ligne.parmi)) if ligne.parmi else "",
        Markup("").join(_cellule(ligne.taux[a], secret) for a in annees),
        Markup('<td class="nb">{}</td>').format(locale.nombre(ligne.taux[comptee].lignes)) if comptee else "",
    )


def _case(taux: Taux, secret: Secret) -> tuple[str, str]:
    """L'état d'une case sans nombre, sinon sa teinte ; et le texte."""
    if taux.etat in _VIDES:
        return taux.etat, _VIDES[taux.etat][0]
    if secret.tait(taux.lignes, taux.echecs):
        return "masque", _VIDES["masque"][0]
    # 99,7 % ne s'écrit pas 100, ni 0,3 % zéro : ce qui manque, comme ce qui est là, se voit.
    part = 100 if not taux.echecs else 0 if taux.echecs == taux.lignes else min(max(int(taux.part + 0.5), 1), 99)
    rang = next(rang for rang, (borne, _) in enumerate(_TEINTES) if part >= borne)
    return f"teinte-{rang}", locale.nombre(part)


def _cellule(taux: Taux, secret: Secret) -> Markup:
    classe, texte = _case(taux, secret)
    if classe in _VIDES:
        return Markup('<td class="vide">{}</td>').format(texte)
    if taux.etat not in _MARQUES:
        return Markup('<td class="{}">{}</td>').format(classe, texte)
    return Markup(
        '<td class="{}">{}<span class="marque" aria-hidden="true">{}</span><span class="lu"> ({})</span></td>'
    ).format(classe, texte, *_MARQUES[taux.etat])


def _legende(lignes: Iterable[Remplissage], secret: Secret) -> Markup:
    """Les teintes, puis les signes et les états présents, chacun en toutes lettres."""
    tous = [t for x in lignes for t in x.taux.values()]
    vides = {_case(t, secret)[0] for t in tous} & set(_VIDES)
    signes = {t.etat for t in tous if _case(t, secret)[0] not in _VIDES}
    entrees = [
        Markup('<span class="case teinte-{}"></span>{}').format(rang, typographie(texte))
        for rang, (_, texte) in enumerate(_TEINTES)
    ]
    entrees += [
        Markup('<span class="marque" aria-hidden="true">{}</span>{}').format(signe, typographie(sens))
        for etat, (signe, sens) in _MARQUES.items()
        if etat in signes
    ]
    entrees += [
        Markup('<span class="case vide"></span>{}{}: {}').format(nom, INSECABLE, sens)
        for etat, (nom, sens) in _VIDES.items()
        if etat in vides
    ]
    return Markup('<ul class="legende-chaleur">{}</ul>').format(
        Markup("").join(Markup("<li>{}</li>").format(e) for e in entrees)
    )


def non_recues(juge: Verdict) -> Markup:
    """Les colonnes que le service ne fournit pas : ni vides, ni fautives."""
    par_table: dict[str, list[str]] = {}
    for nom in juge.non_recues:
        par_table.setdefault(nom.partition(".")[0], []).append(locale.minuscule(libelle_colonne(nom)))
    if not par_table:
        return Markup("")
    items = Markup("").join(
        Markup("<li><b>{}</b>{}: {}</li>").format(nom_table(table), INSECABLE, ", ".join(colonnes))
        for table, colonnes in par_table.items()
    )
    return Markup(
        '<details class="repli non-recues"><summary>Colonnes que le service ne fournit pas, et que le contrôle ne juge '
        "pas ({})</summary><ul>{}</ul></details>"
    ).format(len(juge.non_recues), items)


# --- D'une livraison à l'autre --------------------------------------------------------------------------


def livraisons(etapes: Sequence[Etape]) -> Markup:
    """Une barre par livraison : ce qui bloque, ce qui retient, ce qui avertit ; les nombres à côté."""
    montrees = etapes[-ETAPES_MONTREES:]
    if not montrees:
        return Markup("<p>Aucun verdict n'a encore été consigné pour cette année.</p>")
    echelle = max(1, *(sum(e.comptes[nom] for nom, *_ in _BARRES) for e in montrees))
    legende = Markup("").join(
        Markup('<li><span class="part-{}"></span>{}</li>').format(classe, sens) for _, classe, sens, _ in _BARRES
    )
    lignes = Markup("").join(_etape(e, echelle) for e in reversed(montrees))
    titres = ("Jugée le", "État", "Échecs", *(titre for *_, titre in _BARRES), "Admis", "Réussis")
    return Markup('<ul class="legende">{}</ul>{}').format(
        legende, tableau_a_lire("controles passages", "Les contrôles en échec après chaque livraison", titres, lignes)
    )


def _etape(etape: Etape, echelle: int) -> Markup:
    passage, comptes = etape.passage, etape.comptes
    parts = Markup("").join(
        Markup('<span class="{}" style="width:{}%"></span>').format(classe, round(100 * n / echelle, 2))
        for nom, classe, *_ in _BARRES
        if (n := comptes[nom])
    )
    nombres = Markup("").join(
        Markup('<td data-colonne="{}">{}</td>').format(titre, comptes[nom]) for nom, *_, titre in _BARRES
    )
    return Markup(
        '<tr><th scope="row">{}</th><td class="texte" data-colonne="État"><span class="pastille {}">{}</span></td>'
        '<td class="graphe"><span class="barre" aria-hidden="true">{}</span><span class="lu">{}</span></td>{}'
        '<td data-colonne="Admis">{}</td><td data-colonne="Réussis">{}</td></tr>'
    ).format(
        _quand(passage),
        *PASTILLES[passage.etat],
        parts,
        sum(comptes[nom] for nom, *_ in _BARRES),
        nombres,
        comptes[DEROGES],
        comptes[REUSSIS],
    )


def _quand(passage: Passage) -> str:
    """« 3 févr. 2023, 14 h 05 » : le moment où la livraison a été jugée."""
    quand = passage.instant
    jour = f"{quand.day}{INSECABLE}{locale.MOIS_ABREGES[quand.month - 1]}{INSECABLE}{quand.year}"
    return f"{jour}, {quand.hour}{INSECABLE}h{INSECABLE}{quand.minute:02d}"


def changements(derive: DeriveAnnees, secret: Secret) -> tuple[str, ...]:
    """Ce que le tableau des effectifs ne dit pas : remplissage et contrôles qui ont bougé, années incomplètes.

    En public, la carte de remplissage, masquée case à case, dit seule les taux.
    """
    annees = (derive.precedente, derive.annee)
    deja = {e.phrase(annees) for e in derive.effectifs}
    dite = replace(derive, remplissages=()) if secret.seuil > 1 else derive
    return tuple(t for t in dite.phrases(secret.seuil) if t not in deja)


def phrases(textes: Iterable[str]) -> Markup:
    """Des phrases en liste."""
    items = Markup("").join(Markup("<li>{}</li>").format(typographie(t)) for t in textes)
    return Markup('<ul class="ecarts">{}</ul>').format(items)


def effectifs(derive: DeriveAnnees, secret: Secret) -> Markup:
    """Les faits de l'année et de la précédente, côte à côte."""
    dits = [e for e in derive.effectifs if not any(0 < n < secret.seuil for n in (e.avant, e.apres))]
    if not dits:
        return Markup("")
    titres = ("Faits de l'année", str(derive.precedente), str(derive.annee), "Écart")
    lignes = Markup("").join(_effectif(e) for e in dits)
    return tableau_a_lire("faits", f"Ce que {derive.annee} compte, à côté de {derive.precedente}", titres, lignes)


def _effectif(ecart: EcartEffectif) -> Markup:
    difference = locale.signe(ecart.apres - ecart.avant)
    part = ""
    if ecart.avant >= BASE_MINIMALE_EVOLUTION and ecart.apres != ecart.avant:
        part = f" ({locale.signe(100 * (ecart.apres - ecart.avant) / ecart.avant, 0)}{INSECABLE}%)"
    return Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}{}</td></tr>').format(
        locale.majuscule(FAITS[ecart.table][ecart.colonne].plusieurs),
        locale.nombre(ecart.avant),
        locale.nombre(ecart.apres),
        difference,
        part,
    )


# --- Contrôles par fichier ------------------------------------------------------------------------------


def par_fichier(donnees: DonneesQualite) -> Markup:
    """Combien de contrôles passent, table par table, pour celles que le service livre ou aurait dû livrer."""
    par_table: dict[str, list[ResultatRegle]] = {}
    for resultat in donnees.verdict.resultats:
        par_table.setdefault(resultat.table, []).append(resultat)
    livrees = [t for t in TABLES if any(_regarde(r) for r in par_table.get(t, ()))]
    lignes = Markup("").join(_fichier(t, par_table[t], donnees.comptes_par_table[t]) for t in livrees)
    titres = ("Fichier", "Contrôles réussis", "En échec")
    return tableau_a_lire("fichiers", f"Contrôles de {donnees.annee}, par fichier du modèle commun", titres, lignes)


def _regarde(resultat: ResultatRegle) -> bool:
    """Vrai si la règle a vu des lignes ou échoue ; une réception réussie ne dit pas que la table a des lignes."""
    return not resultat.reussie or (resultat.lignes > 0 and resultat.famille != "reception")


def _fichier(table: str, resultats: list[ResultatRegle], comptes: dict[str, int]) -> Markup:
    textes = [
        f"{comptes[e]}{INSECABLE}{locale.pluriel(comptes[e], *mots)}" for e, mots in _ECHECS.items() if comptes[e]
    ]
    return Markup('<tr{}><th scope="row">{}</th><td>{} sur {}</td><td class="texte">{}</td></tr>').format(
        Markup(' class="en-echec"') if textes else "",
        nom_table(table),
        sum(r.reussie for r in resultats),
        len(resultats),
        ", ".join(textes) or "aucun",
    )
