import django_stubs_ext

# `ModelForm[Client]`, `QuerySet[Risk]`: Django's own classes can't be subscripted when run.
django_stubs_ext.monkeypatch()
