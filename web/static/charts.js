// Draws what data-chart describes; the table beside it has the same figures. Colours come from the theme's tokens.
(function () {
  "use strict";

  var ground = document.documentElement;

  function token(name) {
    return getComputedStyle(ground).getPropertyValue(name).trim();
  }

  function spell(chart, value) {
    if (chart.unit && Math.abs(value) >= 10000) {
      return (value / 10000).toLocaleString("zh-CN", { maximumFractionDigits: 1 }) + " " + chart.unit;
    }
    return value.toLocaleString("en", { maximumFractionDigits: chart.isMoney ? 2 : 0 });
  }

  function described(chart) {
    var isColumns = chart.kind === "columns";
    var names = { type: "category", data: isColumns ? chart.names : chart.names.slice().reverse(), axisTick: { show: false }, axisLabel: { color: token("--ink-2"), overflow: "truncate", width: isColumns ? undefined : 150 } };
    var values = { type: "value", splitLine: { lineStyle: { color: token("--line") } }, axisLabel: { color: token("--ink-2"), formatter: function (value) { return spell(chart, value); } } };
    var colours = [token("--brand"), token("--part-3")];
    return {
      animation: false,
      grid: { left: 8, right: 16, top: 34, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: token("--ink-2") } },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, valueFormatter: function (value) { return spell(chart, value); } },
      xAxis: isColumns ? names : values,
      yAxis: isColumns ? values : names,
      series: chart.series.map(function (each, at) {
        return { name: each.name, type: "bar", barMaxWidth: 22, itemStyle: { color: colours[at], borderRadius: 2 }, data: isColumns ? each.values : each.values.slice().reverse() };
      })
    };
  }

  function draw(place) {
    if (place.dataset.drawn || !window.echarts) return;
    place.dataset.drawn = "yes";
    place.setAttribute("data-bs-theme", "light"); // like paper, also when the page is dark
    ground = place;
    var drawing = window.echarts.init(place, null, { renderer: "svg" });
    drawing.setOption(described(JSON.parse(place.dataset.chart)));
    window.addEventListener("resize", function () { drawing.resize(); });
  }

  function all() {
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:after:process", all);
})();
