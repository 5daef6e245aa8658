/* The desk works without this file: it saves steps. It stores nothing.
   keys      an element with data-key="n" is clicked by N, a field is focused; "g r" is G, then R
   refresh   the board fetches its own rows every 15 seconds, and says so when it can't */
(function () {
  "use strict";
  var body = document.body, typing = "input, select, textarea, [contenteditable]";

  function find(selector, within) { return (within || document).querySelector(selector); }
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function shown(element) { return element.getClientRects().length > 0; }

  /* Keys */
  var prefix = "", help;

  function showHelp() {
    if (!help) {
      help = document.createElement("dialog");
      var kept = find("#keys"), here = find("[data-here]", kept), list = find("dl", here);
      all("[data-key]").forEach(function (element) {
        var own = element.getAttribute("data-key-label");
        if (!own) return;
        var row = document.createElement("div"), keys = document.createElement("dt"), words = document.createElement("dd");
        keys.innerHTML = "<kbd></kbd>";
        keys.firstChild.textContent = element.getAttribute("data-key").toUpperCase();
        words.textContent = own;
        row.append(keys, words);
        list.append(row);
        here.hidden = false;
      });
      var title = document.createElement("h2"), close = document.createElement("form");
      title.textContent = find("summary", kept).firstChild.textContent;
      title.id = "keys-title";
      help.setAttribute("aria-labelledby", "keys-title");
      close.method = "dialog";
      close.innerHTML = "<button class='act'></button>";
      close.firstChild.textContent = kept.getAttribute("data-close");
      help.append(title, find(".keys", kept).cloneNode(true), close);
      body.append(help);
    }
    help.showModal();
  }

  function rowLinks() { return all("[data-row] th > a").filter(shown); }

  function step(by) {
    var links = rowLinks(), at = links.indexOf(document.activeElement);
    var next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) { next.focus(); next.closest("tr").scrollIntoView({ block: "nearest" }); }
    return !!next;
  }

  function press(key) {
    var target = all("[data-key]").find(function (element) {
      return element.getAttribute("data-key").toLowerCase() === key && shown(element) && !element.disabled;
    });
    if (!target) return false;
    if (target.matches(typing)) { target.focus(); target.select && target.select(); } else { target.click(); }
    /* What unfolds is there to be filled in. */
    var field = target.matches("summary") && target.parentNode.open && all(typing, target.parentNode).find(shown);
    if (field) field.focus();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (!body.hasAttribute("data-shortcuts") || event.defaultPrevented || event.isComposing || event.repeat && event.key.length > 1 && !/^Arrow/.test(event.key)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(typing) || find("dialog[open]")) return;
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key, before = prefix;
    prefix = "";
    var done = false;
    if (event.repeat && !/^(j|k|Arrow)/.test(key)) return;
    if (before) done = press(before + " " + key);
    if (!done && key === "?") { showHelp(); done = true; }
    else if (!done && (key === "j" || key === "k")) done = step(key === "j" ? 1 : -1);
    else if (!done && (key === "ArrowDown" || key === "ArrowUp") && event.target.closest("[data-row]")) done = step(key === "ArrowDown" ? 1 : -1);
    else if (!done && key.length === 1 && key !== " ") {
      done = press(key);
      if (!done && all("[data-key]").some(function (element) { return element.getAttribute("data-key").indexOf(key + " ") === 0; })) prefix = key;
    }
    if (done) event.preventDefault();
  });
  if (body.hasAttribute("data-shortcuts")) {
    all("[data-key]").forEach(function (element) {
      element.setAttribute("aria-keyshortcuts", element.getAttribute("data-key").toUpperCase());
    });
  }

  /* Lease: typing, clicks and keys on the page of a call keep it, at most once a minute; reading alone doesn't */
  all("form[data-lease]").forEach(function (form) {
    var ends = Date.now() + 1000 * form.getAttribute("data-lease"), asked = Date.now(), says = find("p", form), said = says.textContent;
    function show(state) {
      form.className = "lease" + (state ? " lease--" + state : "");
      var words = state === "warning" ? form.getAttribute("data-warning") : state === "lost" ? form.getAttribute("data-lost") : said;
      if (says.textContent !== words) says.textContent = words;
    }
    function look() {
      var left = ends - Date.now();
      show(left <= 0 ? "lost" : left < 300000 ? "warning" : "");
    }
    function keep(event) {
      if (!event.isTrusted || Date.now() - asked < 60000 || Date.now() > ends) return;
      asked = Date.now();
      fetch(form.getAttribute("data-keep"), { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error" })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (answer) {
          if (!answer) return;
          ends = Date.now() + 1000 * answer.seconds;
          if (answer.seconds) said = form.getAttribute("data-yours");
          look();
        }, function () {});
    }
    ["keydown", "pointerdown", "input"].forEach(function (kind) { document.addEventListener(kind, keep, true); });
    setInterval(look, 5000);
  });

  /* Answers of the form unfold what they make relevant */
  document.addEventListener("change", function (event) {
    var part = event.target.checked && document.getElementById(event.target.getAttribute("data-reveals"));
    if (part) part.open = true;
  });

  /* A reference that is read aloud: a wrong character is seen while it is typed. The server says it anyway. */
  all("[data-reference-alphabet]").forEach(function (input) {
    var alphabet = input.getAttribute("data-reference-alphabet"), weights = input.getAttribute("data-reference-weights").split(",");
    var hint = document.getElementById("lookup-hint");
    input.addEventListener("input", function () {
      var typed = input.value.toUpperCase().replace(/[\s.\-_]/g, ""), words = "";
      var digits = typed.replace(/\D/g, "").length;
      /* A name has no digits, a telephone number nothing else. */
      if (digits && digits < typed.length && typed.length <= weights.length) {
        var never = typed.split("").filter(function (one) { return alphabet.indexOf(one) < 0; });
        var sum = typed.split("").reduce(function (total, one, at) { return total + weights[at] * alphabet.indexOf(one); }, 0);
        if (never.length) words = input.getAttribute("data-reference-never") + " " + never.join(" ");
        else if (typed.length === weights.length && sum % alphabet.length) words = input.getAttribute("data-reference-wrong");
      }
      if (hint.textContent !== words) hint.textContent = words;
    });
  });

  /* Refresh */
  var live = find("#live");
  if (!live || !window.fetch || !window.AbortController) return;
  var EVERY = 15000, tag = "", last = new Date(), since = +live.getAttribute("data-now"), known = {}, timer, asking = false;
  var trouble = find("#trouble"), out = false, moved = 0;

  function said(name, value) { return live.getAttribute("data-" + name).replace(/[#@]/, value); }
  function clock(time) { return time.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", second: "2-digit" }); }
  function say(element, text) { if (element.textContent !== text) element.textContent = text; }
  function fresh() { last = new Date(); say(find("#fresh"), said("fresh", clock(last))); say(trouble, ""); }
  function rowsOf(part) { return all("[data-row]", part); }
  function keyOf(row) { return row.getAttribute("data-row"); }

  rowsOf(live).forEach(function (row) { known[keyOf(row)] = row.classList.contains("is-overdue"); });

  /* Somebody types here, has a menu open, or is about to click a row: it stays where it is. */
  function busy() {
    var active = document.activeElement;
    return find("dialog[open]") || active && live.contains(active) && active.matches(typing) || Date.now() - moved < 1200;
  }

  function put(html) {
    var next = document.createElement("div"), focused = document.activeElement;
    next.innerHTML = html;
    var held = focused.closest("[data-row]"), heldKey = held && keyOf(held);
    var place = held || rowsOf(live).find(function (row) { return row.getBoundingClientRect().bottom > 0; });
    var placeKey = place && keyOf(place), top = place && place.getBoundingClientRect().top;
    var href = focused.closest("[data-part]") && focused.getAttribute("href"), news = { "new": 0, overdue: 0 };

    all("[data-part]", next).forEach(function (part) {
      var old = find("[data-part=" + part.getAttribute("data-part") + "]", live);
      if (old.innerHTML === part.innerHTML) return;
      var there = find("tbody", old), coming = find("tbody", part);
      if (there && coming) morph(there, coming, news);
      else old.replaceChildren.apply(old, Array.prototype.slice.call(part.childNodes));
      if (there && coming) swapPages(old, part);
    });

    if (scrollY > 0 && placeKey) {
      var now = rowsOf(live).find(function (row) { return keyOf(row) === placeKey; });
      if (now) scrollBy(0, now.getBoundingClientRect().top - top);
    }
    if (document.activeElement === focused) return news;
    var again = heldKey && rowsOf(live).find(function (row) { return keyOf(row) === heldKey; });
    var link = again ? find("th > a", again) : all("a", live).find(function (one) { return one.getAttribute("href") === href; });
    if (!link && held) link = rowLinks()[0];
    if (link) link.focus({ preventScroll: true });
    return news;
  }

  /* Rows that stay keep their place in the document where they can: what has the focus isn't touched. */
  function morph(there, coming, news) {
    var old = {}, after = null;
    rowsOf(there).forEach(function (row) { old[keyOf(row)] = row; });
    rowsOf(coming).forEach(function (row) {
      var key = keyOf(row), mine = old[key], overdue = row.classList.contains("is-overdue");
      if (!mine) {
        mine = document.importNode(row, true);
        if (!(key in known) && +row.getAttribute("data-sent") >= since) { news["new"] += 1; mine.classList.add("arrived"); }
      } else {
        delete old[key];
        if (mine.className !== row.className) mine.className = row.className;
        all("td, th", mine).forEach(function (cell, at) {
          var fresh = row.cells[at];
          if (cell.innerHTML !== fresh.innerHTML) cell.innerHTML = fresh.innerHTML;
          if (cell.className !== fresh.className) cell.className = fresh.className;
        });
      }
      if (key in known && overdue && !known[key]) news.overdue += 1;
      if (row.hasAttribute("data-sent")) known[key] = overdue;
      var before = after ? after.nextElementSibling : there.firstElementChild;
      if (before !== mine) there.insertBefore(mine, before);
      after = mine;
    });
    Object.keys(old).forEach(function (key) { old[key].remove(); });
  }

  function swapPages(old, part) {
    var there = find(".pages", old), coming = find(".pages", part);
    if (there && coming) there.replaceWith(coming);
    else if (there) there.remove();
    else if (coming) old.append(coming);
  }

  function tell(news) {
    var words = ["new", "overdue"].filter(function (name) { return news[name]; }).map(function (name) { return said(name, news[name]); });
    if (words.length) say(find("#news"), words.join(", "));
  }

  function later(wait) {
    clearTimeout(timer);
    if (!document.hidden && !out) timer = setTimeout(refresh, wait === undefined ? EVERY : wait);
  }

  function refresh(asked) {
    if (asking || out) return;
    if (asked !== true && busy()) return later(1500);
    asking = true;
    var abort = new AbortController(), limit = setTimeout(function () { abort.abort(); }, 10000);
    var headers = { "X-Background": live.getAttribute("data-mark") };
    if (tag) headers["If-None-Match"] = tag;
    fetch(live.getAttribute("data-rows"), { headers: headers, cache: "no-store", redirect: "manual", signal: abort.signal })
      .then(function (answer) {
        if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          out = true;
          say(trouble, said("out", clock(last)));
          find("#again").hidden = false;
          return;
        }
        if (answer.status === 304) return fresh();
        if (!answer.ok) throw new Error(answer.status);
        return answer.text().then(function (html) {
          tell(put(html));
          /* Only now: what could not be put in its place must come again. */
          tag = answer.headers.get("ETag") || "";
          fresh();
        });
      })
      .catch(function () { say(trouble, said("stale", clock(last))); })
      .then(function () { clearTimeout(limit); asking = false; later(); });
  }

  live.addEventListener("pointermove", function (event) { if (event.target.closest("[data-row]")) moved = Date.now(); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) clearTimeout(timer); else refresh(); });
  find("#refresh").addEventListener("click", function (event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    refresh(true);
  });
  say(find("#fresh"), said("fresh", clock(last)));
  later();
})();
