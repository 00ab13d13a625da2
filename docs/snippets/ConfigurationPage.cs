namespace HybridTiered.Snippets.ConfigurationPage;

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region builder
        builder.AddHybridTiered();
        #endregion
    }
}
