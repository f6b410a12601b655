"""How the pages to a sender look: one style sheet, in the page itself, for screen, phone, dark room and paper.

Text has a contrast of at least 4.5 to 1 against what is behind it; tests/sider measures it.
"""

STIL = """
:root{--blekk:#1d2733;--dempet:#4d5966;--papir:#fff;--flate:#f4f7f8;--strek:#c3ccd3;--aksent:#12475c;
--ok:#1c6434;--okflate:#eaf5ec;--rav:#7a4a00;--ravflate:#fdf3de;--varsel:#a4262c;--varselflate:#fcedec;
--info:#12475c;--infoflate:#eaf3f6}
@media (prefers-color-scheme:dark){:root{--blekk:#e8edf1;--dempet:#b3bfc9;--papir:#14191e;--flate:#1d242b;
--strek:#46525d;--aksent:#8fd0e6;--ok:#8fdba6;--okflate:#16301f;--rav:#f5c56b;--ravflate:#33270f;
--varsel:#ffaaa5;--varselflate:#3b1a1b;--info:#8fd0e6;--infoflate:#14303a}}
*{box-sizing:border-box}
body{font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--blekk);background:var(--papir);
margin:0;overflow-wrap:anywhere}
a{color:var(--aksent)}a:focus-visible,summary:focus-visible{outline:3px solid var(--aksent);outline-offset:2px}
.hopp{position:absolute;left:-100vw}.hopp:focus{left:0;background:var(--papir);padding:.5rem 1rem}
body>header,main,body>footer{max-width:52rem;margin:0 auto;padding:0 1rem}
body>header{padding-top:1.75rem}h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .25rem}h3{font-size:1.0625rem;line-height:1.4;margin:0}
p{margin:.3rem 0}.dempet{color:var(--dempet)}
section{margin:2rem 0}
.merke{display:inline-block;font-weight:600;border:2px dashed var(--rav);color:var(--rav);background:var(--ravflate);
padding:.25rem .75rem;border-radius:.4rem;margin:.75rem 0 0}
.status{display:flex;gap:1rem;align-items:flex-start;padding:1rem 1.15rem;border-radius:.6rem;margin:1.25rem 0;
border:1px solid;border-left-width:.5rem}
.status svg{flex:none;width:2.25rem;height:2.25rem;margin-top:.1rem}
.status p{color:var(--blekk)}
.status.godtatt{color:var(--ok);border-color:var(--ok);background:var(--okflate)}
.status.godtatt_med_advarsel{color:var(--rav);border-color:var(--rav);background:var(--ravflate)}
.status.delvis_holdt,.status.avvist{color:var(--varsel);border-color:var(--varsel);background:var(--varselflate)}
.tall{display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5rem,1fr));gap:1rem;margin:1rem 0}
.tall>div{background:var(--flate);border:1px solid var(--strek);border-radius:.6rem;padding:.9rem 1.1rem}
.tall strong{display:block;font-size:2rem;line-height:1.15;font-variant-numeric:tabular-nums}
.tall .godtatt,.tall .holdt{border-top:.3rem solid var(--ok)}.tall .holdt{border-top-color:var(--varsel)}
.tall span{font-weight:600}
.stopptittel{margin-top:1.75rem}.tall p{margin:.4rem 0 0}
.fakta{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.25rem 1.25rem;margin:.75rem 0}
.fakta dt{color:var(--dempet)}.fakta dd{margin:0}
nav ol{padding-left:1.4rem;margin:.5rem 0}nav li{margin:.35rem 0}
article{border:1px solid var(--strek);border-left:.35rem solid var(--aksent);border-radius:.5rem;
padding:.9rem 1.1rem;margin:.9rem 0}
.filen article,.deltakelser article,.rader article,.dokumenter article{border-left-color:var(--varsel)}
.advarsler article{border-left-color:var(--rav)}
.gjor{background:var(--flate);border-radius:.4rem;padding:.5rem .8rem;margin:.6rem 0}
.gjor b{display:block;font-size:.875rem;color:var(--dempet)}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.9375rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--strek)}
thead th{overflow-wrap:normal;font-size:.875rem;color:var(--dempet);font-weight:600}tbody th{font-weight:400}
.sted td:last-child{font-variant-numeric:tabular-nums}
.smal{width:auto;min-width:min(20rem,100%)}.smal td,.smal th+th{text-align:right;font-variant-numeric:tabular-nums;
padding-right:0}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--aksent);font-weight:600;padding:.2rem 0}
.porter{list-style:none;display:grid;grid-template-columns:repeat(4,1fr);gap:.5rem;
padding:0;margin:.9rem 0}
.porter li{border:1px solid var(--strek);border-radius:.5rem;padding:.5rem .7rem;background:var(--flate)}
.porter span{display:block;font-size:.875rem}.porter b{font-variant-numeric:tabular-nums;font-weight:400}
.porter .stopp{border-color:var(--varsel);background:var(--varselflate)}
.porter .stopp b{color:var(--varsel);font-weight:700}
article:target{outline:3px solid var(--aksent);outline-offset:2px}.ett{margin:.6rem 0}
article .fakta{font-size:.9375rem;margin:.4rem 0}article details{margin:.35rem 0}article summary{font-weight:400}
body>footer{border-top:1px solid var(--strek);margin-top:2.5rem;padding-top:1rem;padding-bottom:2rem;
color:var(--dempet);font-size:.875rem}
@media (max-width:30rem){body>header{padding-top:1rem}h1{font-size:1.45rem}.status{gap:.75rem;padding:.85rem}
.fakta{grid-template-columns:minmax(5.5rem,auto) 1fr;gap:.25rem .9rem}article{padding:.75rem .85rem}
.porter{grid-template-columns:1fr 1fr}}
@media print{:root{--blekk:#000;--dempet:#333;--papir:#fff;--flate:#fff;--strek:#999;--aksent:#12475c;--ok:#1c6434;
--okflate:#fff;--rav:#7a4a00;--ravflate:#fff;--varsel:#a4262c;--varselflate:#fff;--info:#12475c;--infoflate:#fff}
body{font-size:10pt}body>header,main,body>footer{max-width:none;padding-left:0;padding-right:0}nav,.hopp{display:none}
section{margin:1.2rem 0}article,tr,.status,.tall>div,.porter li{break-inside:avoid}h2,h3{break-after:avoid}
article details{display:none}
details::details-content{content-visibility:visible;display:block;block-size:auto}
a{color:inherit;text-decoration:none}@page{margin:15mm}}
""".replace("\n", "")
