/* Shows beside the editor's form what it would look like. Without this file the button "Preview" does. */
(function () {
  var form = document.getElementById("article-form"), beside = document.getElementById("beside");
  if (!form || !beside || !window.fetch) return;
  var text = form.elements.text, timer, asked = 0;

  function show() {
    var mine = ++asked, data = new FormData(form);
    data.append("beside", "1");
    fetch(form.getAttribute("data-preview"), { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : null; })
      .then(function (html) {
        if (html === null || mine !== asked) return;
        var top = beside.scrollTop;
        beside.innerHTML = html;
        beside.scrollTop = top;
      })
      .catch(function () { /* the next change asks again */ });
  }

  form.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(show, 700);
  });

  /* From what stands out to where it is written. */
  beside.addEventListener("click", function (event) {
    var place = event.target.getAttribute("data-place");
    if (!place) return;
    var at = text.value.indexOf("{#" + place);
    if (at < 0) return;
    event.preventDefault();
    var start = text.value.lastIndexOf("\n", at) + 1, end = text.value.indexOf("\n", at);
    text.focus();
    text.setSelectionRange(start, end < 0 ? text.value.length : end);
    text.scrollTop = text.scrollHeight * start / text.value.length - text.clientHeight / 3;
  });

  /* Nothing that was typed is lost by a click beside the button. */
  var changed = false;
  form.addEventListener("input", function () { changed = true; });
  form.addEventListener("submit", function (event) {
    if (!event.submitter || !event.submitter.hasAttribute("formaction")) changed = false;
  });
  window.addEventListener("beforeunload", function (event) { if (changed) event.preventDefault(); });

  var errors = document.getElementById("errors");
  if (errors) errors.focus();
})();
