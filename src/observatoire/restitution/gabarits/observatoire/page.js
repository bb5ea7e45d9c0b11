"use strict";
// Anime les graphiques après le premier affichage : l'image fixe est déjà là, et reste pour l'impression.
(() => {
  const figures = [...document.querySelectorAll(".graphique")];
  const ecriture = JSON.parse(document.getElementById("ecriture").textContent);
  const attente = window.requestIdleCallback || ((faire) => setTimeout(faire, 30));
  const vues = new Map();

  function charger() {
    const moteur = document.createElement("script");
    moteur.textContent = document.getElementById("vega").textContent;
    document.head.append(moteur);
  }

  async function animer(figure) {
    const specs = JSON.parse(figure.querySelector("script").textContent);
    const largeur = Math.floor(figure.clientWidth);
    if (!largeur) return;
    const spec = specs.fluide || largeur >= 640 ? specs.large : specs.etroit;
    figure.classList.toggle("etroite", spec === specs.etroit);
    if (specs.fluide) spec.width = Math.min(largeur, 920);
    const scene = figure.querySelector(".vivant");
    const { view } = await window.vegaEmbed(scene, spec, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
      tooltip: { disableDefaultStyle: true }, ...ecriture,
    });
    figure.classList.add("anime");
    if (specs.fluide) vues.set(figure, view);
  }

  async function tout() {
    if (!figures.length) return;
    charger();
    for (const figure of figures) {
      try { await animer(figure); } catch (erreur) { console.error("graphique", erreur); }
      await new Promise((suite) => attente(suite));
    }
    document.documentElement.dataset.graphiques = "animes";
    const suivre = new ResizeObserver((entrees) => {
      for (const { target } of entrees) {
        const largeur = Math.min(Math.floor(target.clientWidth), 920);
        const vue = vues.get(target);
        if (vue && largeur > 0 && Math.abs(vue.width() - largeur) > 1) vue.width(largeur).runAsync();
      }
    });
    for (const figure of vues.keys()) suivre.observe(figure);
  }

  // Le sommaire suit la lecture.
  function suivreLecture() {
    const liens = new Map([...document.querySelectorAll(".sommaire a")].map((a) => [a.hash.slice(1), a]));
    const cibles = [...liens.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    const marquer = () => {
      let courant = cibles[0];
      for (const cible of cibles) if (cible.getBoundingClientRect().top < innerHeight * 0.3) courant = cible;
      for (const [id, lien] of liens) {
        if (courant && id === courant.id) lien.setAttribute("aria-current", "true");
        else lien.removeAttribute("aria-current");
      }
    };
    let prevu = false;
    addEventListener("scroll", () => {
      if (prevu) return;
      prevu = true;
      requestAnimationFrame(() => { prevu = false; marquer(); });
    }, { passive: true });
    marquer();
  }

  // Sur un téléphone, ce que le graphique montre déjà se replie ; l'impression rouvre tout.
  function plier() {
    const plis = [...document.querySelectorAll("details.repli-mobile")];
    const etroit = matchMedia("(max-width: 40rem)");
    const regler = () => { for (const pli of plis) pli.open = !etroit.matches; };
    let avant = [];
    addEventListener("beforeprint", () => {
      avant = plis.map((pli) => pli.open);
      for (const pli of plis) pli.open = true;
    });
    addEventListener("afterprint", () => plis.forEach((pli, rang) => { pli.open = avant[rang] ?? pli.open; }));
    etroit.addEventListener("change", regler);
    regler();
  }

  plier();
  suivreLecture();
  requestAnimationFrame(() => setTimeout(() => attente(tout), 0));
})();
