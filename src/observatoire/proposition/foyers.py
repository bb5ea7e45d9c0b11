"""Déduire les ménages, les appartenances et les participations des feuilles qui les mêlent au reste."""

from __future__ import annotations

from typing import Any

from observatoire import modele
from observatoire.proposition.cles import Cles
from observatoire.proposition.plan import Alimente


class Foyers(Cles):
    """Les tables que l'export ne nomme pas mais que ses lignes contiennent."""

    def reunir_personnes(self) -> None:
        """Ajoute ménage et appartenance quand la feuille connaît à la fois les personnes et les ménages."""
        tables = {t.table: t for t in self.plan.tables}
        personne = tables.get("personne") or tables.get("membre")
        if "acte" in tables:
            self._participer(tables["acte"])
        if personne is None:
            return
        source = next((t for t in self.plan.tables if t.colonnes.get("id_menage", "?") != "?"), None)
        menage = self.entete_identifiant("id_menage") or (source.colonnes["id_menage"] if source else None)
        id_personne = personne.colonnes.get("id_personne")
        if not menage or id_personne in (None, "?"):
            return
        if "membre" not in tables:
            membre = Alimente("membre")
            membre.poser("id_menage", menage, "appartenance de la personne au ménage")
            membre.poser("id_personne", id_personne, "même personne que ci-dessus")
            self.plan.tables.append(membre)
        else:
            membre = tables["membre"]
        if "debut" not in membre.colonnes:
            depuis = self.plan.entete_de("mesure", "date_debut") or self.plan.entete_de("sejour", "date_entree")
            if isinstance(depuis, str):
                membre.poser("debut", depuis, "faute de mieux : le début de l'épisode")
        alimente = self._menage(menage, id_personne, membre)
        self.plan.tables.append(alimente)
        if isinstance(menage, str) and self.profils[menage].remplies < self.profils[menage].lignes:
            # Une personne sans dossier reste une personne, sans ménage.
            membre.si_renseigne = alimente.si_renseigne = [menage]

    def _menage(self, menage: Any, id_personne: Any, membre: Alimente) -> Alimente:
        alimente = Alimente("menage")
        alimente.poser("id_menage", menage, "un ménage par valeur")
        role = membre.colonnes.get("role")
        if isinstance(role, str) and role != "?":
            referents = self._ecritures_du_code(role, "membre", "role", "referent")
            if referents:
                alimente.poser("id_referent", id_personne, f"la personne que « {role} » dit référente")
                alimente.si = {role: referents}
            else:
                alimente.notes.append(
                    f"« {role} » ne dit pas qui est la personne de référence : id_referent reste vide."
                )
        elif not isinstance(menage, str) or self.profils[menage].presque_unique:
            alimente.poser("id_referent", id_personne, "une ligne par ménage")
        else:
            alimente.notes.append("Plusieurs personnes par ménage et pas de rôle : id_referent reste vide.")
        return alimente

    def _ecritures_du_code(self, entete: str, table: str, colonne: str, code: str) -> list[str]:
        vocabulaire = self.lecteur.vocabulaire(modele.TABLES[table].colonnes[colonne])
        valeurs = self.profils[entete].valeurs
        return [v for v, cle in valeurs.select("valeur", "cle").iter_rows() if vocabulaire.cles.get(cle) == code]

    def _participer(self, acte: Alimente) -> None:
        """Une feuille d'émargement : un acte par numéro, une participation par ligne."""
        personne, numero = self.entete_identifiant("id_personne"), acte.colonnes.get("id_acte")
        if not personne or not isinstance(numero, str) or numero == "?" or self.profils[numero].unique:
            return
        alimente = Alimente("participation")
        alimente.poser("id_acte", numero, "même numéro sur plusieurs lignes : une ligne par participant")
        alimente.poser("id_personne", personne, self.identifiants[personne][1])
        alimente.si_renseigne = [personne] if self.profils[personne].remplies < self.profils[personne].lignes else []
        self.plan.tables.append(alimente)
