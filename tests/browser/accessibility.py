"""What axe says of a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

COLOR = ["color-contrast", "link-in-text-block"]

# What axe can't look through to the ground below: the bar on top of a card, which is drawn by a gradient, and
# the stock admin's icons beside their text. The bar at a phone's foot covers whatever is scrolled below it,
# which at the page's end is nothing.
WITHOUT_PICTURES = """scrollTo(0, document.scrollingElement.scrollHeight)
for (const element of document.querySelectorAll("body *")) {
    element.style.background = "";
    const {backgroundImage: image} = getComputedStyle(element);
    if (image.startsWith("linear-gradient")) element.style.background = image.match(/rgb[^)]*\\)/g).at(-1);
    if (image.startsWith("url")) element.style.backgroundImage = "none";
}"""


def violations(page: Any, *, colors: bool = True, rest: bool = True, in_columns: bool = False) -> list[str]:
    """Return what axe finds by its rules on `colors` and by the `rest`, one line an element.

    Where axe can't tell a contrast, that counts as found. On a page with text `in_columns` axe takes lines in
    different places of its grid for an overlap, and that alone does not count. The targets' size, a rule of
    WCAG 2.2 that axe leaves out by default, is looked at too. The page fetches nothing by itself afterwards.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    page.evaluate(WITHOUT_PICTURES)
    # The board would fetch its rows anew while axe looks at them.
    page.evaluate("() => { window.fetch = () => new Promise(() => {}) }")
    # Preloading copies style sheets into inline ones, which the policy forbids; only rules left out need it.
    options: dict[str, Any] = {"preload": False, "resultTypes": ["violations", "incomplete"]}
    if rest:
        options["rules"] = {"target-size": {"enabled": True}} | {rule: {"enabled": colors} for rule in COLOR}
    else:
        options["runOnly"] = COLOR
    answer = page.evaluate("options => axe.run(options)", options)
    unsure = [
        (rule, node)
        for rule in answer["incomplete"]
        for node in rule["nodes"]
        if rule["id"] in COLOR
        and not (in_columns and "partially overlaps" in node["failureSummary"])
        # Words in a drawing stand on its shapes, which axe takes for one picture.
        and not node["html"].startswith("<text ")
    ]
    found = [(rule, node) for rule in answer["violations"] for node in rule["nodes"]]
    return [
        f"{node['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule, node in found + unsure
    ]
