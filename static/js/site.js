/* Every page works without this file: it saves steps. It stores nothing. */
(function () {
  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  /* Answers unfold what they make relevant and fold nothing away. */
  function reveal(input) {
    var part = input.checked && document.getElementById(input.getAttribute("data-reveals"));
    if (part) part.open = true;
  }
  document.addEventListener("change", function (event) { reveal(event.target); });

  /* The links of the error summary lead into the field. */
  each(".error-summary", function (summary) {
    summary.addEventListener("click", function (event) {
      var field = document.getElementById((event.target.hash || "").slice(1));
      if (!field) return;
      event.preventDefault();
      field.closest(".field").scrollIntoView();
      field.focus({ preventScroll: true });
    });
  });

  /* The button can be pressed again: the server takes a request once. */
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
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.getAttribute("data-copy")).then(function () {
        button.textContent = button.getAttribute("data-copied");
      });
    });
  });

  window.addEventListener("pageshow", function () {
    each("[data-reveals]", reveal);
    /* Not every browser has heeded autofocus by now. */
    requestAnimationFrame(function () {
      var first = document.querySelector("[autofocus]");
      if (first && document.activeElement === document.body) first.focus();
    });
  });
})();
