from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_outbox")]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="proven_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="practice",
            name="second_factor_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
