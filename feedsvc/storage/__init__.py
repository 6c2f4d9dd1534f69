"""WHAT IS REMEMBERED. The only folder with SQL; values in, values out.

May import: SQLAlchemy, Alembic, `domain`, `errors`.
"""
