"use strict";
// Anime les graphiques après le premier affichage : l'image fixe est déjà là, et reste pour l'impression.
(() => {
  const attente = window.requestIdleCallback || ((faire) => setTimeout(faire, 30));
  const vues = new Map();
  let moteur = null;

  // Moteur et spécifications voyagent comprimés ; un navigateur qui ne sait pas les déplier garde les images.
  async function deplier(id) {
    const octets = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
    const flux = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(flux).text();
  }

  async function charger() {
    const [code, specs] = await Promise.all([deplier("vega"), deplier("dessins")]);
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    return JSON.parse(specs);
  }

  async function animer(figure) {
    const largeur = Math.floor(figure.clientWidth);
    if (!largeur) return;
    moteur ??= charger();
    const { ecriture, dessins } = await moteur;
    const specs = dessins[JSON.parse(figure.querySelector("script").textContent)];
    const spec = specs.fluide || largeur >= 640 ? specs.large : specs.etroit;
    figure.classList.toggle("etroite", spec === specs.etroit);
    if (specs.fluide) spec.width = Math.min(largeur, 920);
    const scene = figure.querySelector(".vivant");
    const { view } = await window.vegaEmbed(scene, spec, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
      tooltip: { disableDefaultStyle: true }, ...ecriture,
    });
    figure.classList.add("anime");
    if (!specs.fluide) return;
    vues.set(figure, view);
    tailles.observe(figure);
  }

  const tailles = new ResizeObserver((entrees) => {
    for (const { target } of entrees) {
      const largeur = Math.min(Math.floor(target.clientWidth), 920);
      const vue = vues.get(target);
      if (vue && largeur > 0 && Math.abs(vue.width() - largeur) > 1) vue.width(largeur).runAsync();
    }
  });

  // Un graphique s'anime quand la lecture en approche, un à la fois, dans les moments libres.
  function suivreGraphiques() {
    const restants = new Set(document.querySelectorAll(".graphique"));
    if (!restants.size || !window.DecompressionStream) return;
    let file = Promise.resolve();
    const proches = new IntersectionObserver((entrees) => {
      for (const { target, isIntersecting } of entrees) {
        if (!isIntersecting) continue;
        proches.unobserve(target);
        file = file.then(() => new Promise((suite) => attente(suite))).then(() => animer(target))
          .catch((erreur) => console.error("graphique", erreur))
          .then(() => {
            restants.delete(target);
            if (!restants.size) document.documentElement.dataset.graphiques = "animes";
          });
      }
    }, { rootMargin: "60% 0px" });
    for (const figure of restants) proches.observe(figure);
  }

  // Le sommaire suit la lecture.
  function suivreLecture() {
    const liens = new Map([...document.querySelectorAll(".sommaire a")].map((a) => [a.hash.slice(1), a]));
    const cibles = [...liens.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    const marquer = () => {
      let courant = cibles[0];
      for (const cible of cibles) if (cible.getBoundingClientRect().top < innerHeight * 0.3) courant = cible;
      for (const [id, lien] of liens) {
        if (!courant || id !== courant.id) lien.removeAttribute("aria-current");
        else if (!lien.hasAttribute("aria-current")) {
          lien.setAttribute("aria-current", "true");
          // Un sommaire plus haut que l'écran garde la ligne courante sous les yeux.
          const cadre = lien.closest(".sommaire");
          if (cadre.scrollHeight > cadre.clientHeight) cadre.scrollTop = lien.offsetTop - cadre.clientHeight / 3;
        }
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
  requestAnimationFrame(() => setTimeout(suivreGraphiques, 0));
})();
