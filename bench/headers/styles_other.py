"""Styles in other languages: not promised, counted apart from the headline."""

from __future__ import annotations

from bench.headers.formats import comma, dotted, european, money, uk
from bench.headers.style import HeaderStyle, Layout, style
from bench.headers.world import sales

__all__ = ["OTHER"]

OTHER: tuple[HeaderStyle, ...] = (
    style(
        "german_shop",
        "other",
        Layout(encoding="cp1252", delimiter=";", decimal=",", dates="day_first"),
        lambda: sales(141),
        (
            ("Bestellnummer", "order_id", lambda s: s.order.number),
            ("Bestelldatum", "ordered_at", lambda s: dotted(s.at)),
            ("Kundennummer", "customer_id", lambda s: s.customer.number),
            ("Artikelnummer", "product_id", lambda s: s.product.sku),
            ("Bezeichnung", "product_title", lambda s: f"{s.product.title} (geprüft)"),
            ("Menge", "quantity", lambda s: s.quantity),
            ("Stückpreis €", "unit_price", lambda s: comma(s.unit_price)),
            ("Gesamtpreis €", "line_total", lambda s: european(s.total)),
            ("Zahlungsart", "payment_method", lambda s: ("Rechnung", "PayPal", "Lastschrift")[s.order.payment]),
            ("MwSt.", None, lambda _: "19 %"),
        ),
    ),
    style(
        "french_shop",
        "other",
        Layout(encoding="utf-8-sig", delimiter=";", decimal=",", dates="day_first"),
        lambda: sales(142),
        (
            ("N° commande", "order_id", lambda s: s.order.number),
            ("Date de commande", "ordered_at", lambda s: uk(s.at)),
            ("N° client", "customer_id", lambda s: s.customer.number),
            ("Référence", "product_id", lambda s: s.product.sku),
            ("Désignation", "product_title", lambda s: s.product.title),
            ("Quantité", "quantity", lambda s: s.quantity),
            ("Prix unitaire", "unit_price", lambda s: comma(s.unit_price)),
            ("Montant", "line_total", lambda s: comma(s.total)),
            ("Pays", "country", lambda s: s.customer.abroad.code),
            ("TVA", None, lambda s: comma(s.tax)),
        ),
    ),
    style(
        "spanish_shop",
        "other",
        Layout(dates="day_first"),
        lambda: sales(143),
        (
            ("Nº pedido", "order_id", lambda s: s.order.number),
            ("Fecha", "ordered_at", lambda s: uk(s.at)),
            ("Cliente", "customer_id", lambda s: s.customer.number),
            ("Código artículo", "product_id", lambda s: s.product.sku),
            ("Descripción", "product_title", lambda s: s.product.title),
            ("Cantidad", "quantity", lambda s: s.quantity),
            ("Precio", "unit_price", lambda s: money(s.unit_price)),
            ("Importe", "line_total", lambda s: money(s.total)),
            ("Ciudad", "city", lambda s: s.customer.abroad.city),
        ),
    ),
)
