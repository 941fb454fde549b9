// A page that answers a sent form stands in the history as the page of the form: going back to it, or loading it again,
// asks for that page and neither sends the form twice nor ends at the browser's "cache miss" (no page is kept, see web/headers.py).
if (document.documentElement.hasAttribute("data-answers-form") && document.referrer.startsWith(`${location.origin}/`)) {
  history.replaceState(history.state, "", document.referrer);
}
