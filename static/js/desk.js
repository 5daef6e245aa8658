/* The desk works without this file: it saves steps. It stores nothing. */
(function () {
  "use strict";
})();
