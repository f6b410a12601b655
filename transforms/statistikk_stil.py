"""What the page of the statistics adds to the style of the pages (svar_stil.py): plots and tables of numbers."""

EKSTRA_STIL = """
body>header,main,body>footer{max-width:64rem}
.deltittel{margin:2rem 0 .25rem;font-size:1.125rem}
.bred{overflow-x:auto}.bred:focus-visible{outline:3px solid var(--aksent);outline-offset:2px}
table{font-variant-numeric:tabular-nums}thead th{vertical-align:bottom;overflow-wrap:normal;hyphens:manual}
.nevner{display:block;font-weight:400;font-size:.8125rem;color:var(--dempet)}
.tall p{font-size:.875rem;color:var(--dempet)}
.skjermet{color:var(--dempet);font-style:italic}.tall strong.skjermet{font-size:1.5rem;font-weight:400}
.soyler tbody th,.tallrekker tbody th,.striper tbody th{white-space:nowrap;padding-right:1rem}
.soyler td:not(:last-child){width:32%;min-width:9rem}
.soyler td svg+span,.striper td svg+span{display:block;font-size:.875rem}
.soyler td:last-child,.soyler th:last-child,.tallrekker td,.tallrekker th+th{text-align:right;padding-right:.25rem}
.tallrekker td,.tallrekker th+th{min-width:6.5rem;padding-left:.75rem}
.samlet th,.samlet td{font-weight:600;border-bottom:2px solid var(--strek)}
.soyle{display:block;width:100%;height:.8rem}.stripe{height:1.1rem;min-width:9rem}
.skala{fill:var(--flate)}.fylt{fill:var(--aksent)}
.apen{fill:var(--papir);stroke:var(--aksent);stroke-width:2;vector-effect:non-scaling-stroke}
.strek{fill:var(--aksent);fill-opacity:.6}.midt{fill:var(--dempet)}
.utvikling{display:block;width:100%;max-width:30rem;height:auto}.utvikling text{font-size:11px;fill:var(--dempet)}
.rutenett{stroke:var(--strek);stroke-width:.5}.kurve{fill:none;stroke:var(--aksent);stroke-width:2}
.prikk{fill:var(--aksent)}
@media print{.bred{overflow:visible}.skala{fill:none;stroke:var(--strek);stroke-width:.5;
vector-effect:non-scaling-stroke}*{print-color-adjust:exact}thead{display:table-header-group}
.tallrekker{font-size:8pt;hyphens:auto}.tallrekker td,.tallrekker th+th{min-width:0;padding:.25rem .15rem}
.tallrekker thead th{font-size:8pt;overflow-wrap:anywhere}.tallrekker .nevner{font-size:7pt}
.tallrekker tbody th{white-space:normal;padding-right:.25rem}}
""".replace("\n", "")
