"""What axe says of a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

COLOR = ["color-contrast", "link-in-text-block"]

# The bar on top of a card is drawn by a gradient, which axe can’t look through to the ground. The bar at
# a phone's foot covers whatever is scrolled below it: at the page's end that is nothing.
WITHOUT_BARS = """scrollTo(0, document.scrollingElement.scrollHeight)
for (const element of document.querySelectorAll("main *")) {
    element.style.background = "";
    const {backgroundImage: image} = getComputedStyle(element);
    if (image.startsWith("linear-gradient")) element.style.background = image.match(/rgb[^)]*\\)/g).at(-1);
}"""


def violations(page: Any, *, colors: bool = True, rest: bool = True) -> list[str]:
    """Return what axe finds by its rules on `colors` and by the `rest`, one line an element.

    Where axe can't tell a contrast, that counts as found. The targets' size, a rule of WCAG 2.2 that axe
    leaves out by default, is looked at too.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    page.evaluate(WITHOUT_BARS)
    options: dict[str, Any] = {"resultTypes": ["violations", "incomplete"]}
    if rest:
        options["rules"] = {"target-size": {"enabled": True}} | {rule: {"enabled": colors} for rule in COLOR}
    else:
        options["runOnly"] = COLOR
    answer = page.evaluate("options => axe.run(options)", options)
    unsure = [rule for rule in answer["incomplete"] if rule["id"] in COLOR]
    return [
        f"{node['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in answer["violations"] + unsure
        for node in rule["nodes"]
    ]
