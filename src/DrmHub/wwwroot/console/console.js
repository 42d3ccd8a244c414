// Keys, search as one types, and lists that keep their place. Every page works without it.
'use strict';
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const rows = () => [...document.querySelectorAll('[data-row] a.row')];

  // Replaces the parts of the page that a filter or an entry changes; the rest keeps its focus and its scroll.
  let running = null;
  async function load(url, { push, parts }) {
    running?.abort();
    const mine = (running = new AbortController());
    const results = $('#results');
    results?.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(url, { signal: mine.signal, credentials: 'same-origin' });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (!answer.ok || !$('#results', page)) { location.assign(url); return false; }
      for (const part of parts) $(part).replaceWith(document.adoptNode($(part, page)));
      document.title = page.title;
      history[push ? 'pushState' : 'replaceState']({}, '', answer.url);
      return true;
    } catch (error) {
      if (error.name !== 'AbortError') location.assign(url);
      return false;
    } finally {
      if (running === mine) { running = null; $('#results')?.removeAttribute('aria-busy'); }
    }
  }

  addEventListener('popstate', () => load(location.href, { push: false, parts: ['#bar', '#results'] }));

  document.addEventListener('click', async event => {
    const link = event.target.closest('a[data-swap]');
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || !$('#results')) return;
    if (new URL(link.href).pathname !== location.pathname) return;
    event.preventDefault();
    const at = rows().indexOf(link), closing = 'close' in link.dataset;
    const open = rows().findIndex(row => row.closest('[data-row]').getAttribute('aria-current') === 'true');
    if (await load(link.href, { push: true, parts: ['#results'] })) rows()[closing ? open : at]?.focus({ preventScroll: !closing });
  });

  let typing;
  document.addEventListener('input', event => {
    const form = event.target.closest('form[data-live]');
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      load(`${form.dataset.live}?${query}`, { push: false, parts: ['#results'] });
    }, 180);
  });

  document.addEventListener('keydown', event => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const field = event.target.closest('input, textarea, select');
    if (event.key === 'Escape') {
      const menu = event.target.closest('details.menu[open]');
      if (menu) { menu.open = false; $('summary', menu).focus(); }
      else if (field) field.blur();
      else $('[data-close]')?.click();
      return;
    }
    if (field) return;
    if (event.key === '/') {
      const search = $('[data-search]');
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === 'j' || event.key === 'k') {
      const all = rows(), at = all.indexOf(document.activeElement);
      const from = at >= 0 ? at : all.findIndex(row => row.closest('[data-row]').getAttribute('aria-current') === 'true');
      const next = all[from < 0 ? 0 : Math.min(Math.max(from + (event.key === 'j' ? 1 : -1), 0), all.length - 1)];
      next?.focus();
      next?.closest('[data-row]').scrollIntoView({ block: 'nearest' });
    }
  });

  // One menu at a time, and none when the pointer goes elsewhere.
  document.addEventListener('click', event => {
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener('click', async event => {
    const button = event.target.closest('button[data-copy]');
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = 'Copied';
  });

  // A token's signature is what opens doors: it stays here.
  document.addEventListener('submit', event => {
    const form = event.target.closest('form[data-decode]');
    if (!form) return;
    const area = $('textarea', form);
    area.value = area.value.trim().replace(/^(eyJ[\w-]*\.[\w-]+)\.[\w-]*$/, '$1');
  });

  // Browsers go on using names that the time zone database has replaced.
  const renamed = {
    'Asia/Calcutta': 'Asia/Kolkata', 'Asia/Katmandu': 'Asia/Kathmandu', 'Asia/Rangoon': 'Asia/Yangon', 'Asia/Saigon': 'Asia/Ho_Chi_Minh',
    'Europe/Kiev': 'Europe/Kyiv', 'America/Buenos_Aires': 'America/Argentina/Buenos_Aires', 'America/Indianapolis': 'America/Indiana/Indianapolis', 'Atlantic/Faeroe': 'Atlantic/Faroe',
  };
  const named = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = $('[data-zone]'), own = renamed[named] ?? named;
  if (zone && own && own !== zone.value && [...zone.options].some(option => option.value === own)) {
    $('[data-own-zone]').textContent = own.replaceAll('_', ' ');
    $('#zone-hint').classList.remove('held');
  }

  document.documentElement.classList.add('scripted');
})();
