"use strict";
// Filtre les lignes d'un portail et mène aux tableaux qui disent ce qu'on cherche ; sans ce script la recherche reste
// cachée et tout est affiché.
(() => {
  const zone = document.querySelector(".recherche");
  if (!zone) return;
  const champ = zone.querySelector("input");
  const etat = zone.querySelector("select");
  const trouves = zone.querySelector(".trouves");
  const propositions = zone.appendChild(document.createElement("p"));
  propositions.className = "propositions";
  const reponses = document.querySelector("#reponses");
  const TABLEAUX_MONTRES = 40;
  const NOMS = {
    TR: ["service", "services"],
    LI: ["document", "documents"],
    DIV: ["indicateur", "indicateurs"],
    TABLEAU: ["tableau", "tableaux"],
  };
  const PROPOSES = 3;
  const plat = (texte) => texte.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/œ/gi, "oe").toLowerCase();
  // Un texte où chercher : un blanc devant chaque mot. « âge » trouve « âges », jamais « ménages ».
  const enMots = (texte) => ` ${plat(texte).split(/[^a-z0-9]+/).filter(Boolean).join(" ")}`;
  const contient = (texte, mot) => texte.includes(` ${mot}`);
  const compte = (nombre, [un, plusieurs]) => `${nombre} ${nombre > 1 ? plusieurs : un}`;
  const lignes = [...document.querySelectorAll("[data-ligne]")].map((noeud) => ({
    noeud,
    texte: enMots(`${noeud.dataset.ligne} ${noeud.textContent} ${[...noeud.querySelectorAll("[data-colonne]")]
      .map((c) => c.dataset.colonne).join(" ")}`),
    etats: (noeud.dataset.etats || "").split(" "),
  }));
  const groupes = [...document.querySelectorAll("[data-groupe]")];
  const derniers = document.querySelector("#derniers");
  const sauts = document.querySelector(".sauts");
  const sections = [...document.querySelectorAll("main section")].filter((s) => s.querySelector("[data-ligne]"));
  const index = lireIndex();

  function lireIndex() {
    const source = document.querySelector("#index-recherche");
    if (!source) return [];
    const { mots, sujets } = JSON.parse(source.textContent);
    const motsPlats = mots.map(enMots);
    return Object.entries(sujets).flatMap(([sujet, { nom, pages, tableaux }]) =>
      tableaux.map(([section, titre, rangs, annees, ancres]) => ({
        sujet, nom, section, titre,
        ou: annees.map((annee) => [annee, `${pages[annee]}#${ancres[annee] || ancres}`]),
        titrePlat: enMots(`${section} ${titre}`),
        texte: enMots(`${section} ${titre}`) + rangs.map((rang) => motsPlats[rang]).join(""),
      })));
  }

  // Un tableau répond si un mot au moins est des siens, les autres pouvant nommer son service ou une année.
  function chercher(mots) {
    if (!mots.some((mot) => mot.length > 2)) return [];
    const textes = new Map(lignes.map(({ noeud, texte }) => [noeud.dataset.nom, texte]));
    return index.map((tableau) => {
      const restent = mots.filter((mot) => !contient(tableau.texte, mot));
      const annees = restent.filter((mot) => /^\d{4}$/.test(mot));
      const autres = restent.filter((mot) => !annees.includes(mot));
      const service = textes.get(tableau.sujet) || "";
      const siens = mots.filter((mot) => mot.length > 2 && contient(tableau.texte, mot));
      const ou = annees.length ? tableau.ou.filter(([annee]) => annees.includes(annee)) : tableau.ou;
      const repond = siens.length > 0 && autres.every((mot) => contient(service, mot)) && ou.length > 0;
      return repond ? { ...tableau, ou, rang: siens.every((mot) => contient(tableau.titrePlat, mot)) ? 0 : 1 } : null;
    }).filter(Boolean).sort((a, b) => a.rang - b.rang);
  }

  // Les mots de la page, sans accent → comme ils s'écrivent ; un texte long n'est lu qu'à la première faute de frappe.
  let lexique = null;
  function lireLexique() {
    const source = document.querySelector("#index-recherche");
    const { mots, sujets } = source ? JSON.parse(source.textContent) : { mots: [], sujets: {} };
    const titres = Object.values(sujets).flatMap(({ tableaux }) => tableaux.flatMap(([section, titre]) => [section, titre]));
    const textes = [...lignes.map(({ noeud: n }) => `${n.dataset.ligne} ${n.textContent}`), ...mots, ...titres];
    return new Map(textes.flatMap((texte) => texte.toLowerCase().match(/[\p{L}\d]{3,}/gu) || []).map((mot) => [plat(mot), mot]));
  }

  // Le nombre de fautes entre un mot saisi et le début d'un autre : lettre de trop, oubliée, changée ou intervertie.
  function fautes(saisi, connu) {
    let avant = [], ligne = Array.from({ length: connu.length + 1 }, (_, j) => j);
    for (let i = 1; i <= saisi.length; i += 1) {
      const suivante = [i];
      for (let j = 1; j <= connu.length; j += 1) {
        const change = ligne[j - 1] + (saisi[i - 1] === connu[j - 1] ? 0 : 1);
        suivante[j] = Math.min(change, ligne[j] + 1, suivante[j - 1] + 1);
        const croise = i > 1 && j > 1 && saisi[i - 1] === connu[j - 2] && saisi[i - 2] === connu[j - 1];
        if (croise) suivante[j] = Math.min(suivante[j], avant[j - 2] + 1);
      }
      [avant, ligne] = [ligne, suivante];
    }
    return Math.min(...ligne.slice(Math.max(1, saisi.length - 1)));
  }

  // Pour le premier mot qu'aucun texte ne porte, les saisies où il est remplacé par l'un des plus proches.
  function proposer(mots) {
    lexique ||= lireLexique();
    const connus = [...lexique.keys()];
    const inconnu = mots.find((mot) => mot.length > 3 && !connus.some((connu) => connu.startsWith(mot)));
    if (!inconnu) return [];
    const admis = inconnu.length > 5 ? 2 : 1;
    const proches = connus.filter((connu) => connu.length >= inconnu.length - admis)
      .map((connu) => ({ connu, ecart: fautes(inconnu, connu), reste: Math.abs(connu.length - inconnu.length) }))
      .filter(({ ecart }) => ecart <= admis)
      .sort((a, b) => a.ecart - b.ecart || a.reste - b.reste || a.connu.localeCompare(b.connu));
    const meilleurs = proches.filter(({ ecart }) => ecart === proches[0].ecart).slice(0, PROPOSES);
    return meilleurs.map(({ connu }) => mots.map((mot) => (mot === inconnu ? lexique.get(connu) : mot)).join(" "));
  }

  function montrerPropositions(saisies) {
    const boutons = saisies.map((saisie) => {
      const bouton = noeud("button", saisie);
      bouton.type = "button";
      bouton.addEventListener("click", () => {
        champ.value = saisie;
        champ.focus();
        filtrer();
      });
      return bouton;
    });
    propositions.replaceChildren(...(boutons.length ? ["Vouliez-vous dire\u00a0:", ...boutons] : []));
    propositions.hidden = boutons.length === 0;
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
    const mots = plat(champ.value).split(/[^a-z0-9]+/).filter(Boolean);
    const voulu = etat ? etat.value : "";
    const tableaux = chercher(mots);
    const sujets = new Set(tableaux.map((t) => t.sujet));
    const vus = {};
    for (const { noeud: n, texte, etats } of lignes) {
      const dit = mots.every((mot) => contient(texte, mot)) || sujets.has(n.dataset.nom);
      n.hidden = !(dit && (!voulu || etats.includes(voulu)));
      if (!n.hidden) vus[n.tagName] = (vus[n.tagName] || 0) + 1;
    }
    for (const pli of document.querySelectorAll(".anciennes")) {
      const siennes = [...pli.closest("[data-ligne]").querySelectorAll(".ancienne")].map((c) => c.dataset.colonne || c.textContent);
      if (siennes.some((texte) => mots.some((mot) => /^\d{4}$/.test(mot) && texte.includes(mot)))) pli.open = true;
    }
    const montres = new Set(lignes.filter(({ noeud: n }) => !n.hidden).map(({ noeud: n }) => n.dataset.nom));
    const lisibles = tableaux.filter((t) => montres.has(t.sujet));
    montrer(lisibles);
    for (const bloc of [...groupes, ...sections]) bloc.hidden = !bloc.querySelector("[data-ligne]:not([hidden])");
    const dits = Object.entries(vus).map(([nom, nombre]) => compte(nombre, NOMS[nom]));
    if (lisibles.length) dits.push(compte(lisibles.length, NOMS.TABLEAU));
    const reponse = dits.length ? `${dits.join(", ")}.` : "Rien ne correspond.";
    const actif = mots.length > 0 || Boolean(voulu);
    for (const bloc of [derniers, sauts]) if (bloc) bloc.hidden = actif;
    trouves.textContent = actif ? reponse : "";
    montrerPropositions(mots.length && !dits.length ? proposer(mots) : []);
  }

  champ.addEventListener("input", filtrer);
  if (etat) etat.addEventListener("change", filtrer);
  zone.hidden = false;
  filtrer();
})();
