/* Every page works without this file: it saves steps. Nothing is stored. */
(function () {
  "use strict";

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  /* Answers unfold the questions that they make relevant; nothing is folded away again. */
  function reveal(input) {
    var part = input.checked && document.getElementById(input.getAttribute("data-reveals"));
    if (part) part.open = true;
  }
  document.addEventListener("change", function (event) {
    if (event.target.getAttribute("data-reveals")) reveal(event.target);
  });

  /* Errors: the summary takes the focus, its links put it into the field. */
  each(".error-summary", function (summary, index) {
    if (index === 0) summary.focus();
    summary.addEventListener("click", function (event) {
      var field = event.target.hash && document.getElementById(event.target.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      (field.closest(".field") || field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  });

  /* Sending: the button says so, and can always be pressed again; the server takes a request once. */
  each("form[data-sending]", function (form) {
    var button = form.querySelector("[type=submit]"), label = button.textContent;
    function ready() { button.textContent = label; }
    form.addEventListener("submit", function () {
      button.textContent = form.getAttribute("data-sending");
      setTimeout(ready, 8000);
    });
    window.addEventListener("pageshow", ready);
  });

  each("[data-copy]", function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.getAttribute("data-copy")).then(function () {
        button.textContent = button.getAttribute("data-copied");
      });
    });
  });

  /* After the browser has put back what was typed. */
  window.addEventListener("pageshow", function () { each("[data-reveals]", reveal); });
})();
