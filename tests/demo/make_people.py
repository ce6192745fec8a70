#!/usr/bin/python3
"""Writes people.csv: 200 customers, half of them reading Persian. Run it again and it writes the same file."""
import csv
import pathlib

PERSIAN = ["آرش", "سارا", "مهدی", "نیلوفر", "کاوه", "پریسا", "بهرام", "شیرین", "سهراب", "گل‌نار", "رضا", "مینا", "امید",
           "لیلا", "فرهاد", "نرگس", "کیان", "زهرا", "داریوش", "یاسمن", "بابک", "الهه", "سیاوش", "فاطمه", "محمدرضا"]
ENGLISH = ["Alice", "Bruno", "Chloe", "Daniel", "Emma", "Felix", "Grace", "Henry", "Irene", "Jack", "Karen", "Louis", "Maya",
           "Noah", "Olivia", "Peter", "Quinn", "Rosa", "Simon", "Tara", "Umar", "Vera", "Walter", "Xenia", "Zoe"]

with open(pathlib.Path(__file__).with_name("people.csv"), "w", newline="", encoding="utf-8") as out:
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["recipient", "email", "locale", "name", "start_url"])
    for i in range(200):
        persian = i % 2 == 0
        names = PERSIAN if persian else ENGLISH
        rows.writerow([f"customer-{i:03}", f"customer-{i:03}@example.com", "fa-IR" if persian else "en",
                       names[i // 2 % len(names)], f"https://shop.example/start?customer={i}"])
