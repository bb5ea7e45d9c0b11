"use strict";
// Filtre les lignes d'un portail et mène aux tableaux qui disent ce qu'on cherche ; sans ce script la recherche reste
// cachée et tout est affiché.
(() => {
  const zone = document.querySelector(".recherche");
  if (!zone) return;
  const champ = zone.querySelector("input");
  const etat = zone.querySelector("select");
  const trouves = zone.querySelector(".trouves");
  const reponses = document.querySelector("#reponses");
  const TABLEAUX_MONTRES = 40;
  const NOMS = {
    TR: ["service", "services"],
    LI: ["document", "documents"],
    DIV: ["indicateur", "indicateurs"],
    TABLEAU: ["tableau", "tableaux"],
  };
  const plat = (texte) => texte.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/œ/gi, "oe").toLowerCase();
  const compte = (nombre, [un, plusieurs]) => `${nombre} ${nombre > 1 ? plusieurs : un}`;
  const lignes = [...document.querySelectorAll("[data-ligne]")].map((noeud) => ({
    noeud,
    texte: plat(`${noeud.dataset.ligne} ${noeud.textContent} ${[...noeud.querySelectorAll("[data-colonne]")]
      .map((c) => c.dataset.colonne).join(" ")}`),
    etats: (noeud.dataset.etats || "").split(" "),
  }));
  const groupes = [...document.querySelectorAll("[data-groupe]")];
  const derniers = document.querySelector("#derniers");
  const sections = [...document.querySelectorAll("main section")].filter((s) => s.querySelector("[data-ligne]"));
  const index = lireIndex();

  function lireIndex() {
    const source = document.querySelector("#index-recherche");
    if (!source) return [];
    const { mots, sujets } = JSON.parse(source.textContent);
    const motsPlats = mots.map(plat);
    return Object.entries(sujets).flatMap(([sujet, { nom, pages, tableaux }]) =>
      tableaux.map(([section, titre, rangs, annees, ancres]) => ({
        sujet, nom, section, titre,
        ou: annees.map((annee) => [annee, `${pages[annee]}#${ancres[annee] || ancres}`]),
        titrePlat: plat(`${section} ${titre}`),
        texte: plat(`${section} ${titre} `) + rangs.map((rang) => motsPlats[rang]).join(" "),
      })));
  }

  // Un tableau répond si un mot au moins est des siens, les autres pouvant nommer son service ou une année.
  function chercher(mots) {
    if (!mots.some((mot) => mot.length > 2)) return [];
    const textes = new Map(lignes.map(({ noeud, texte }) => [noeud.dataset.nom, texte]));
    return index.map((tableau) => {
      const restent = mots.filter((mot) => !tableau.texte.includes(mot));
      const annees = restent.filter((mot) => /^\d{4}$/.test(mot));
      const autres = restent.filter((mot) => !annees.includes(mot));
      const service = textes.get(tableau.sujet) || "";
      const siens = mots.filter((mot) => mot.length > 2 && tableau.texte.includes(mot));
      const ou = annees.length ? tableau.ou.filter(([annee]) => annees.includes(annee)) : tableau.ou;
      const repond = siens.length > 0 && autres.every((mot) => service.includes(mot)) && ou.length > 0;
      return repond ? { ...tableau, ou, rang: siens.every((mot) => tableau.titrePlat.includes(mot)) ? 0 : 1 } : null;
    }).filter(Boolean).sort((a, b) => a.rang - b.rang);
  }

  function noeud(nom, texte, classe) {
    const cree = document.createElement(nom);
    if (texte) cree.textContent = texte;
    if (classe) cree.className = classe;
    return cree;
  }

  function lien({ nom, titre }, [annee, adresse]) {
    const cree = noeud("a", annee);
    cree.href = adresse;
    cree.prepend(noeud("span", `${nom}, ${titre}, `, "lu"));
    return cree;
  }

  function montrer(tableaux) {
    if (!reponses) return;
    const parSujet = new Map();
    for (const tableau of tableaux.slice(0, TABLEAUX_MONTRES)) {
      const siens = parSujet.get(tableau.sujet) || [];
      parSujet.set(tableau.sujet, [...siens, tableau]);
    }
    const items = [...parSujet.values()].map((siens) => {
      const item = noeud("li");
      item.append(noeud("h3", siens[0].nom));
      const liste = item.appendChild(noeud("ul"));
      for (const tableau of siens) {
        const ligne = liste.appendChild(noeud("li"));
        ligne.append(noeud("span", tableau.titre, "titre"), noeud("span", tableau.section, "quoi"));
        const annees = ligne.appendChild(noeud("span", "", "annees"));
        annees.append(...tableau.ou.map((o) => lien(tableau, o)));
      }
      return item;
    });
    reponses.querySelector("ul").replaceChildren(...items);
    const reste = tableaux.length - TABLEAUX_MONTRES;
    reponses.querySelector(".reste").textContent = reste > 0
      ? `Et ${compte(reste, ["autre tableau", "autres tableaux"])}\u00a0: ajoutez un mot, un service ou une année.` : "";
    reponses.hidden = tableaux.length === 0;
  }

  function filtrer() {
    const mots = plat(champ.value).split(/[\s'’]+/).filter(Boolean);
    const voulu = etat ? etat.value : "";
    const tableaux = chercher(mots);
    const sujets = new Set(tableaux.map((t) => t.sujet));
    const vus = {};
    for (const { noeud: n, texte, etats } of lignes) {
      const dit = mots.every((mot) => texte.includes(mot)) || sujets.has(n.dataset.nom);
      n.hidden = !(dit && (!voulu || etats.includes(voulu)));
      if (!n.hidden) vus[n.tagName] = (vus[n.tagName] || 0) + 1;
    }
    const montres = new Set(lignes.filter(({ noeud: n }) => !n.hidden).map(({ noeud: n }) => n.dataset.nom));
    const lisibles = tableaux.filter((t) => montres.has(t.sujet));
    montrer(lisibles);
    for (const bloc of [...groupes, ...sections]) bloc.hidden = !bloc.querySelector("[data-ligne]:not([hidden])");
    const dits = Object.entries(vus).map(([nom, nombre]) => compte(nombre, NOMS[nom]));
    if (lisibles.length) dits.push(compte(lisibles.length, NOMS.TABLEAU));
    const reponse = dits.length ? `${dits.join(", ")}.` : "Rien ne correspond.";
    const actif = mots.length > 0 || Boolean(voulu);
    if (derniers) derniers.hidden = actif;
    trouves.textContent = actif ? reponse : "";
  }

  champ.addEventListener("input", filtrer);
  if (etat) etat.addEventListener("change", filtrer);
  zone.hidden = false;
  filtrer();
})();
