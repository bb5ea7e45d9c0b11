"use strict";
// Filtre les lignes d'un portail ; sans ce script la recherche reste cachée et tout est affiché.
(() => {
  const zone = document.querySelector(".recherche");
  if (!zone) return;
  const champ = zone.querySelector("input");
  const etat = zone.querySelector("select");
  const trouves = zone.querySelector(".trouves");
  const plat = (texte) => texte.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const lignes = [...document.querySelectorAll("[data-ligne]")].map((noeud) => ({
    noeud,
    texte: plat(`${noeud.dataset.ligne} ${noeud.textContent} ${[...noeud.querySelectorAll("[data-colonne]")]
      .map((c) => c.dataset.colonne).join(" ")}`),
    etats: (noeud.dataset.etats || "").split(" "),
  }));
  const groupes = [...document.querySelectorAll("[data-groupe]")];
  const sections = [...document.querySelectorAll("main section")].filter((s) => s.querySelector("[data-ligne]"));

  function filtrer() {
    const mots = plat(champ.value).split(/\s+/).filter(Boolean);
    const voulu = etat ? etat.value : "";
    let nombre = 0;
    for (const { noeud, texte, etats } of lignes) {
      noeud.hidden = !(mots.every((mot) => texte.includes(mot)) && (!voulu || etats.includes(voulu)));
      nombre += !noeud.hidden;
    }
    for (const bloc of [...groupes, ...sections]) bloc.hidden = !bloc.querySelector("[data-ligne]:not([hidden])");
    const actif = mots.length > 0 || voulu;
    const reponse = nombre === 0 ? "Rien ne correspond." : `${nombre} sur ${lignes.length}`;
    trouves.textContent = actif ? reponse : "";
  }

  champ.addEventListener("input", filtrer);
  if (etat) etat.addEventListener("change", filtrer);
  zone.hidden = false;
  filtrer();
})();
