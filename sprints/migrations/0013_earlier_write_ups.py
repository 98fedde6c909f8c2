from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sprints", "0012_indexes_over_all_sprints"),
    ]

    operations = [
        migrations.AddField(
            model_name="risktemplate",
            name="earlier",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
